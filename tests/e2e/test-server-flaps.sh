#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A server that comes and goes all the time does not fill the log, but what
# matters is in it: that it came back wrong, and that it is back in the end.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
start_guest 1 <<END
$disk
connect linux
write sector=0 count=8
sh touch $D/connected
sh wait-flag back
write sector=0 count=8
expect problems 0
close
destroy
END
wait_flag connected
for i in 1 2 3 4 5 6; do
  kill_server s1
  wait_node 10 "$(backend 1)/nbd-state" '^held'
  start_nbdkit s1 memory 16M
  wait_node 10 "$(backend 1)/nbd-state" '^connected'
done
kill_server s1
start_nbdkit s1 memory 8M
wait_log 10 'the export is now 8388608 bytes, it was 16777216'
kill_server s1
start_nbdkit s1 memory 16M
wait_node 10 "$(backend 1)/nbd-state" '^connected'
said_last ()
{
  grep -E 'held|server is back' "$log" | tail -n 1 | grep -q 'is back'
}
wait_for 30 "the log does not say that the server is back" said_last
lines=$(grep -cE 'held|server is back' "$log")
[ "$lines" -le 14 ] || fail "$lines lines about the server"
touch "$D/back"
wait_guest 1
finish
