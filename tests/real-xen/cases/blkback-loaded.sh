# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# With xen-blkback loaded the script route takes its own disk from it and leaves the others to it.
# boot: blkback

grep -q '^xen_blkback ' /proc/modules
start_daemon
truncate -s 64M "$W/disk" "$W/loop"
start_nbdkit s1 file "$W/disk"
other_disk "$W/loop"
make_guest g1 pv guest "$(script_disk s1 xvda)" "vdev=xvdb,script=block-other,target=/dev/loop0"
start_guest g1
use_disk g1 xvda "$W/disk"
use_disk g1 xvdb "$W/loop"
say "xen-blkback has: $(ls /sys/bus/xen-backend/drivers/vbd)"
[ ! -e "/sys/bus/xen-backend/drivers/vbd/vbd-$(domid g1)-51712" ] || fail "xen-blkback still has the disk"
[ -e "/sys/bus/xen-backend/drivers/vbd/vbd-$(domid g1)-51728" ] || fail "the other disk was taken from xen-blkback"
must xl block-detach g1 51712
must xl block-detach g1 51728
wait_for 10 "the worker is left" no_worker
must xl block-attach g1 "$(script_disk s1 xvda)"
use_disk g1 xvda "$W/disk"
must xl destroy g1
losetup -d /dev/loop0
