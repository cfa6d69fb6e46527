#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Disks of a group share their limits, also when they are changed, and when one
# worker is killed; a disk that comes later joins.  Both guests begin at the
# same time, with a full burst.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"
. "$SRCDIR/tests/e2e/limit.sh"

start_nbdkit s1 memory 64M
start_nbdkit s2 memory 64M
start_nbdkit s3 memory 64M
cat >"$D/conf" <<END
limit-group = tenant
[group tenant]
limit-ops = 200/100
[disk vbd/3/*]
limit-group = none
END
start_daemon --config "$D/conf"
for domid in 1 2; do
  start_guest $domid <<END
$create params=nbd:unix:$D/s$domid
connect linux
sh touch $D/connected-$domid
sh wait-flag go
load rw=randread bs=4096 depth=8 seconds=2 json=$D/first-$domid
sh touch $D/first-done-$domid
sh wait-flag again
load rw=randread bs=4096 depth=8 seconds=1.5 json=$D/second-$domid
sh touch $D/second-done-$domid
sh wait-flag killed
$([ $domid = 2 ] || echo "load rw=randread bs=4096 depth=8 requests=100")
$([ $domid = 2 ] || echo "load rw=randread bs=4096 depth=8 seconds=3 json=$D/third")
destroy
END
done
wait_flag connected-1
wait_flag connected-2
touch "$D/go"
wait_flag first-done-1
wait_flag first-done-2
sum=$(($(requests "$D/first-1") + $(requests "$D/first-2")))
expect_near "both of them" $sum 250
[ "$(requests "$D/first-1")" -ge 20 ] && [ "$(requests "$D/first-2")" -ge 20 ] ||
  fail "one gets $(requests "$D/first-1"), the other $(requests "$D/first-2")"
expect_nbdctl 0 '^limit-ops: 400/100$' limit 1/xvda limit-ops=400/100
expect_nbdctl 0 '^limit-ops: 400/100$' limit 2/xvda
sleep 0.5
touch "$D/again"
wait_flag second-done-1
wait_flag second-done-2
sum=$(($(requests "$D/second-1") + $(requests "$D/second-2")))
expect_near "both, after the change" $sum 467
# The state outlives whoever is killed.  What was not used between two loads on a
# slow machine counts for little in three seconds.
kill -KILL "$(worker vbd/2/51712)"
touch "$D/killed"
wait_guest 1
wait_guest 2
expect_near "the one that is left" "$(requests "$D/third")" 400
guest 3 <<END
$create params=nbd:unix:$D/s3
connect linux
load rw=randread bs=4096 depth=8 requests=2000 json=$D/free
close
destroy
END
# A member of the group would have about 420; valgrind allows some 900.
[ "$(requests "$D/free")" -gt 600 ] || fail "$(requests "$D/free") without limits"
finish
