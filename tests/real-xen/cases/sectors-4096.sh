# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A disk with sectors of 4096 bytes: a Linux guest has a file system on it.
# when: all       io-sector-4096 shows it on the fake host

echo 'sector-size = 4096' >/etc/xen-nbdback.conf
start_daemon
truncate -s 64M "$W/disk"
start_nbdkit s1 file "$W/disk"
make_guest g1 pv guest "$(script_disk s1 xvda)"
start_guest g1
guest_run g1 'wait-disk xvda
cd /sys/block/xvda
echo "$(cat queue/logical_block_size) $(cat queue/physical_block_size) $(cat size)"'
grep -qx '4096 4096 131072' "$W/guest-out" || fail "the guest sees other sectors"
guest_run g1 'mkfs.ext4 -q /dev/xvda
mount -t ext4 /dev/xvda /mnt
cp /bin/busybox /mnt/
umount /mnt
mount -t ext4 -o ro /dev/xvda /mnt
cmp /bin/busybox /mnt/busybox
umount /mnt'
use_disk g1 xvda "$W/disk"
