#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A disk of xen-nbdctl attach goes when its guest is destroyed, also while no
# daemon runs, or lets go of it later than detach waited: no toolstack knows it.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"

# attach_to DOMID: a guest that uses a disk made by attach, and waits for the flag die-DOMID
attach_to ()
{
  start_guest "$1" --kind qdisk --dev 51728 <<END
create nodes=0
sh touch $D/created-$1
sh wait-flag attached-$1
connect linux
write sector=0 count=8
sh touch $D/used-$1
sh wait-flag die-$1
$2
abandon
END
  wait_flag "created-$1"
  expect_nbdctl 0 "^device: qdisk/$1/51728" attach "$1" xvdb "nbd:unix:$D/s1"
  touch "$D/attached-$1"
  wait_flag "used-$1"
}

# destroy DOMID: as libxl, which knows nothing of the disk. Its ring is mapped at that moment, which fake-guest says.
destroy ()
{
  touch "$D/die-$1"
  try_wait "$1"
  xenstore-rm "/local/domain/$1"
}

# nothing_left DOMID
nothing_left ()
{
  wait_no_node 10 "/local/domain/0/backend/qdisk/$1"
  wait_no_worker
  ! nbdctl list | grep -q "qdisk/$1/" || fail "the disk is left"
}

restarts_daemon
start_nbdkit s1 memory 16M
start_daemon
attach_to 1
destroy 1
nothing_left 1

attach_to 2
stop_daemon
destroy 2
start_daemon
nothing_left 2

attach_to 3 'state 6
sh wait-flag gone'
expect_nbdctl 5 'has not let go of it' detach --timeout 0.3 3/xvdb
touch "$D/die-3"
nothing_left 3
touch "$D/gone"
wait_guest 3
no_node /local/domain/3/device/vbd/51728/state || fail "the guest's half is left"
finish revoke_refused
