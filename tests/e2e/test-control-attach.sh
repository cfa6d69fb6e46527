#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# xen-nbdctl attach and detach: a disk for a guest without any toolstack, and
# nothing left of one that could not be had.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"

front=/local/domain/1/device/vbd/51728

start_nbdkit s1 memory 16M
start_daemon
expect_nbdctl 1 'attach: domid = 1: there is no such domain' attach 1 xvdb "nbd:unix:$D/s1"
start_guest 1 --kind qdisk --dev 51728 <<END
create nodes=0
sh touch $D/created
sh wait-flag attached
connect linux
write sector=0 count=88 pattern=1
verify sector=0 count=88 pattern=1
sh touch $D/used
wait-state 5
state 6
sh touch $D/closed
sh wait-flag removed
abandon
expect problems 0
END
wait_flag created
expect_nbdctl 2 'attach: vdev = sda: it must be xvda to xvdzz' attach 1 sda "nbd:unix:$D/s1"
expect_nbdctl 2 'attach: vdev = xvda256: it must be' attach 1 xvda256 "nbd:unix:$D/s1"
expect_nbdctl 2 'domid = 0: it must be a guest.s number, 1 to 32751' attach 0 xvdb "nbd:unix:$D/s1"
expect_nbdctl 2 'x is no domain' attach x xvdb "nbd:unix:$D/s1"
expect_nbdctl 1 'attach: target = nbd:: the host is missing' attach 1 xvdb nbd:
expect_nbdctl 1 'attach: target = /dev/sda: ' attach 1 xvdb /dev/sda
expect_nbdctl 1 'qdisk/1/51728: .*No such file' attach 1 xvdb "nbd:unix:$D/none"
no_node $front/state || fail "$front is left"
no_node "$(backend 1 qdisk 51728)/frontend" || fail "the backend's nodes are left"
expect_nbdctl 0 '"device": "qdisk/1/51728"' --json attach 1 xvdb "nbd:unix:$D/s1"
expect_equal "virtual-device" "$(node $front/virtual-device)" 51728
expect_nbdctl 1 'attach: vdev = xvdb: domain 1 has one already' attach 1 xvdb "nbd:unix:$D/s1"
touch "$D/attached"
wait_flag used
expect_nbdctl 0 '^qdisk/1/51728 +xvdb +connected ' list
expect_nbdctl 2 'timeout x: it must be' detach 1/xvdb --timeout x
expect_equal "detach" "$(nbdctl detach 1/xvdb | tr '\n' ' ')" 'device: qdisk/1/51728 removed: yes '
wait_flag closed
touch "$D/removed"
wait_guest 1
no_node $front/state || fail "$front is left"
no_node /local/domain/0/backend/qdisk/1 || fail "the backend's nodes are left"
expect_nbdctl 4 'no such disk' detach 1/xvdb
finish
