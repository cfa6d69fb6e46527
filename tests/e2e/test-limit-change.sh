#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Limits that are set, changed and taken away while the guest has requests
# waiting for them; garbage changes nothing.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"
. "$SRCDIR/tests/e2e/limit.sh"

start_nbdkit s1 memory 64M
start_daemon
start_guest 1 <<END
$disk
connect linux
sh touch $D/connected
sh wait-flag set
load rw=randread bs=4096 depth=16 seconds=1.2 json=$D/slow
sh touch $D/slow-done
sh wait-flag changed
load rw=randread bs=4096 depth=16 requests=200
load rw=randread bs=4096 depth=16 seconds=1.2 json=$D/fast
write sector=0 count=264 segments=1 async=1 pattern=5
sh touch $D/waiting
drain timeout=20
sh touch $D/drained
verify sector=0 count=264 pattern=5
barrier sector=0 count=8 pattern=6
verify sector=0 count=8 pattern=6
sh wait-flag burst
load rw=randread bs=4096 depth=16 requests=3000
sh touch $D/used-up
sh wait-flag raised
read sector=0 count=8
sh touch $D/after
expect problems 0
close
destroy
END
wait_flag connected
expect_nbdctl 0 '^limit-ops: off$' limit 1/xvda
expect_nbdctl 1 '1/xvda: limit-ops = 0: it must be off, or RATE' \
  limit 1/xvda limit-ops=0
expect_nbdctl 1 '1/xvda: limit-bytes = lots: it must be' \
  limit 1/xvda limit-read-ops=1 limit-bytes=lots
expect_nbdctl 1 'limit-group: no such option; there are limit-ops' \
  limit 1/xvda limit-group=x
expect_nbdctl 0 '^limit-read-ops: off$' limit 1/xvda
expect_nbdctl 0 '^limit-read-ops: 100/100$' limit 1/xvda limit-read-ops=100/100
touch "$D/set"
wait_flag slow-done
expect_near "the slow one" "$(requests "$D/slow")" 183
expect_nbdctl 0 '"limit-read-ops": "400/200"' --json limit 1/xvda \
  limit-read-ops=400/200 limit-write-ops=1/1
touch "$D/changed"
wait_flag waiting
expect_near "the fast one" "$(requests "$D/fast")" 400
sleep 0.3
[ ! -e "$D/drained" ] || fail "33 writes though one a second was allowed"
expect_nbdctl 0 '^limit-write-ops: off$' limit 1/xvda limit-write-ops=off
wait_flag drained 5
# What the old rate would have waited for half a minute for.
expect_nbdctl 0 '^limit-read-ops: 100/3000$' limit 1/xvda \
  limit-read-ops=100/3000
touch "$D/burst"
wait_flag used-up
expect_nbdctl 0 '^limit-read-ops: 10000$' limit 1/xvda limit-read-ops=10000
touch "$D/raised"
wait_flag after 5
wait_guest 1
finish
