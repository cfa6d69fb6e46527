#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A server that accepts and says nothing: an error within connect-timeout,
# and nothing else waits for it meanwhile.

. "$SRCDIR/tests/e2e/lib.sh"

need python3
start_nbdkit s1 memory 16M
python3 -c '
import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(16)
time.sleep(600)' "$D/silent" &
processes="$processes $!"
wait_for 10 "no silent server" test -S "$D/silent"
echo "connect-timeout = $((2 * SCALE))" >"$D/conf"
start_daemon --config "$D/conf"
start_guest 1 <<END
! $create params=nbd:unix:$D/silent
destroy
END
sleep 0.5
guest 2 <<END
$disk
connect linux
read sector=0 count=8
close
destroy
END
[ "$SCALE" != 1 ] || alive $guest_1 || fail "the other one did not wait"
wait_guest 1
grep -Eiq 'within' "$D/guest.1" || fail "no reason: $(cat "$D/guest.1")"
finish
