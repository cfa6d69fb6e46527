# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# mkfs.ext4, mount, copy a tree, sha256sum, umount; then the tree is read from the server's file and compared.
# takes: 25

start_daemon
truncate -s 128M "$W/disk"
start_nbdkit s1 file "$W/disk"
make_guest g1 pv guest "$(script_disk s1 xvda)"
start_guest g1
in_guest=$(guest_sum g1 'wait-disk xvda
mkfs.ext4 -q /dev/xvda
mount -t ext4 /dev/xvda /mnt
cp -r /usr/lib /usr/sbin /etc /mnt/
umount /mnt
mount -t ext4 /dev/xvda /mnt
cd /mnt
echo "$(find . -type f | wc -l) files, $(du -sk . | cut -f 1) KiB"
find . -type f | sort | xargs sha256sum | sha256sum >/tmp/sum
cd /
umount /mnt
e2fsck -fn /dev/xvda 2>&1 | tail -n 1
cat /tmp/sum' 120)
must xl destroy g1
modprobe -a loop ext4 crc32c_generic
mkdir -p "$W/mnt"
must mount -t ext4 -o ro,loop "$W/disk" "$W/mnt"
in_file=$(cd "$W/mnt" && find . -type f | sort | xargs sha256sum | sha256sum | cut -d ' ' -f 1)
umount "$W/mnt"
expect_equal "the tree's checksum on the server's side" "$in_file" "$in_guest"
