#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A flush that was under way when the server died still covers what it
# covered: the writes are there again before it is answered.

. "$SRCDIR/tests/e2e/lib.sh"

need_filter log pause
truncate -s 16M "$D/disk"
start_nbdkit s1 --filter=pause file "$D/disk" pause-control="$D/pause"
start_daemon
start_guest 1 <<END
$disk
connect linux
sh touch $D/connected
sh wait-flag paused
write sector=0 count=880 pattern=7 async=1
flush async=1
sh touch $D/sent
drain timeout=$((30 * SCALE))
sh touch $D/drained
verify sector=0 count=880 pattern=7
expect problems 0
close
destroy
END
wait_flag connected
python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.send(b"p")
s.recv(1)' "$D/pause" || skip "no python3"
touch "$D/paused"
wait_flag sent
sleep 0.5
kill_server s1
rm -f "$D/pause"
[ ! -e "$D/drained" ] || fail "answered before the server had it"
start_nbdkit s1 --filter=log file "$D/disk" logfile="$D/trace"
wait_guest 1
grep -q Write "$D/trace" || fail "no write was repeated"
sed -n '/Flush/q; p' "$D/trace" | grep -q Write || fail "flush came first"
finish
