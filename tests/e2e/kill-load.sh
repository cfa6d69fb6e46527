# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# For tests of a server that is killed under load; read after lib.sh.

# killed_load QUEUES [COMMAND...]: the server is killed and comes back ten times
# while a guest with so many queues verifies what it reads; the command runs
# before that.
killed_load ()
{
  truncate -s 16M "$D/disk"
  start_nbdkit s1 file "$D/disk"
  echo "max-queues = $1" >"$D/conf"
  start_daemon --config "$D/conf"
  start_guest 1 <<END
$disk
connect linux queues=$1
sh touch $D/connected
load rw=randrw bs=4096 depth=32 until=$D/killed flush=50 verify=1 json=$D/load
expect problems 0
close
destroy
END
  wait_flag connected
  shift
  "$@"
  for i in 1 2 3 4 5 6 7 8 9 10; do
    sleep 0.2
    kill_server s1
    sleep 0.1
    start_nbdkit s1 file "$D/disk"
  done
  touch "$D/killed"
  wait_guest 1
  logged 'held' || fail "nothing in the log"
}
