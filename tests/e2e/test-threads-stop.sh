#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# What one thread stops, all do; they go on together, and closing ends them
# while they are stopped, drained or waiting for a server that is away.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"

need_filter error
start_nbdkit s1 --filter=error memory 16M error-pwrite=EIO \
  error-pwrite-rate=100% error-pwrite-file="$D/fail"
printf 'max-queues = 3\non-write-error = stop\n' >"$D/conf"
start_daemon --config "$D/conf"
start_guest 1 <<END
$disk
connect linux queues=3
write sector=0 count=8 pattern=1
sh touch $D/connected
sh wait-flag go
write sector=0 count=160 pattern=2 queue=1 async=1
sh wait-flag stopped
write sector=1000 count=88 pattern=3 queue=0 async=1
write sector=2000 count=88 pattern=4 queue=2 async=1
read sector=500 count=8 queue=2 expect=none timeout=0.5
sh touch $D/silent
drain
sh touch $D/drained
verify sector=0 count=160 pattern=2
verify sector=1000 count=88 pattern=3
verify sector=2000 count=88 pattern=4
sh touch $D/fail
write sector=3000 count=8 pattern=2 queue=1 async=1
sh wait-flag stopped-again
expect problems 0
close
state 1
wait-state 2
connect linux queues=3
sh wait-flag away
write sector=0 count=8 pattern=2 queue=0 async=1
write sector=8 count=8 pattern=2 queue=1 async=1
write sector=16 count=8 pattern=2 queue=2 async=1
sh touch $D/held
close
destroy
END
wait_flag connected
expect_nbdctl 0 "^connections: 3\$" show 1/xvda
expect_nbdctl 0 '' flush 1/xvda
expect_nbdctl 0 '' drain 1/xvda
touch "$D/fail" "$D/go"
wait_node 10 "$(backend 1)/nbd-state" '^stopped: .* failed: Input/output error'
touch "$D/stopped"
wait_flag silent
expect_nbdctl 0 '^stop io-status: failed$' show 1/xvda
expect_nbdctl 0 '' resume 1/xvda
wait_node 10 "$(backend 1)/nbd-state" '^stopped: '
[ ! -e "$D/drained" ] || fail "drained though it was stopped"
rm "$D/fail"
expect_nbdctl 0 '^io-status: ok$' resume 1/xvda
wait_flag drained
wait_node 10 "$(backend 1)/nbd-state" '^stopped: '
touch "$D/stopped-again"
wait_node 10 "$(backend 1)/nbd-state" '^connected$'
kill_server s1
touch "$D/away"
wait_guest 1
[ "$(grep -c 'the disk is stopped' "$log")" -le 4 ] ||
  fail "each thread said that the disk is stopped"
finish
