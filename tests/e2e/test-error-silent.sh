#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A server that accepts and says nothing: nothing else waits for it meanwhile,
# and connect-timeout ends the waiting.

. "$SRCDIR/tests/e2e/lib.sh"

need python3
start_nbdkit s1 memory 16M
start_silent ()
{
  rm -f "$D/silent"
  python3 -c '
import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(16)
time.sleep(6000)' "$D/silent" &
  silent=$!
  processes="$processes $silent"
  wait_for 10 "no silent server" file "$D/silent"
}

start_silent
echo "connect-timeout = 6000" >"$D/conf"
start_daemon --config "$D/conf"
start_guest 1 <<END
! $create params=nbd:unix:$D/silent timeout=60
destroy
END
wait_for 10 "no worker" line "$D/workers" .
guest 2 <<END
$disk
connect linux
read sector=0 count=8
close
destroy
END
# shellcheck disable=SC2154 # set by start_guest
alive "$guest_1" || fail "the other one did not wait"
end_process KILL $silent
wait_guest 1
stop_daemon
start_silent
echo "connect-timeout = 1" >"$D/conf"
start_daemon --config "$D/conf"
guest 3 <<END
! $create params=nbd:unix:$D/silent
destroy
END
grep -Eiq 'within' "$D/guest" || fail "no reason: $(cat "$D/guest")"
finish
