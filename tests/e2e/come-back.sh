# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# For tests of servers that come back as something else; read after lib.sh.

right ()
{
  start_nbdkit s1 file "$D/disk"
}

# come_back REGEX: kills server s1 with requests on their way and starts it
# with the test's function `wrong': the requests are held, and nbd-state, the
# error node and the log have the same reason, which is like REGEX, until the
# server is right again.
come_back ()
{
  truncate -s 16M "$D/disk"
  right
  start_daemon
  start_guest 1 <<END
$disk
connect linux
write sector=0 count=88 pattern=7
sh touch $D/connected
sh wait-flag killed
write sector=88 count=88 pattern=8 async=1
flush async=1
sh touch $D/sent
drain
sh touch $D/answered
verify sector=0 count=88 pattern=7
verify sector=88 count=88 pattern=8
expect problems 0
sh wait-flag seen
close
destroy
END
  wait_flag connected
  kill_server s1
  touch "$D/killed"
  wait_flag sent
  wrong
  wait_node 15 "$(backend 1)/nbd-state" "^held: .*($1)"
  wait_node 5 "$(error_node 1)" "$1"
  reason=$(node "$(error_node 1)")
  wait_until 5 grep -Fq -- "$reason" "$log" ||
    fail "the log does not say '$reason'"
  sleep 1
  [ ! -e "$D/answered" ] || fail "the requests were not held"
  kill_server s1
  right
  wait_flag answered
  wait_node 10 "$(backend 1)/nbd-state" '^connected'
  wait_no_node 5 "$(error_node 1)"
  touch "$D/seen"
  wait_guest 1
}
