#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Disks that are not for us are left alone: another script, no NBD target,
# or nodes that make no sense.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
guest 1 --kind qdisk <<END
create params=/dev/null wait=0
END
guest 2 <<END
create params=nbd:unix:$D/s1 script=/etc/xen/scripts/block hotplug=none wait=0
END
guest 3 <<END
create params=nbd:unix:$D/s1 mode=x wait=0 script=block-nbdback hotplug=none
END
guest 4 <<END
create params=nbd:unix:$D/s1 wait=0 script=block-nbdback hotplug=none KEY:frontend=/local/domain/5/device/vbd/51712
END
guest 5 <<END
create params=nbd:unix:$D/s1 wait=0 script=block-nbdback hotplug=none KEY:frontend-id=4
END
sleep 1
for d in 2 3 4 5; do
  expect_equal "state of the disk of $d" "$(node "$(backend $d)/state")" 1
done
expect_equal "state of the qdisk" "$(node "$(backend 1 qdisk)/state")" 1
expect_equal "workers" "$(cat "$D/workers")" ""
wait_log 5 'vbd/3/51712: .*left alone'
# And the daemon still serves others.
guest 6 <<END
$disk
connect linux
close
destroy
END
finish
