# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# fstrim in the guest reaches a qcow2 file behind qemu-nbd and makes it smaller.
# when: all       filesystem and linux-sees show discard, io-flush-trim what becomes of it

kib () { du -k "$W/disk.qcow2" | cut -f 1; }

start_daemon
must qemu-img create -q -f qcow2 "$W/disk.qcow2" 256M
start_qemu_nbd s1 --format=qcow2 "$W/disk.qcow2"
make_guest g1 pv guest "$(script_disk s1 xvda)"
start_guest g1
guest_run g1 'wait-disk xvda
grep . /sys/block/xvda/queue/discard_max_bytes /sys/block/xvda/queue/discard_granularity
mkfs.ext4 -q /dev/xvda
mount -t ext4 /dev/xvda /mnt
dd if=/dev/urandom of=/mnt/big bs=1M count=40 2>/dev/null
sync'
full=$(kib)
guest_run g1 'rm /mnt/big
sync
fstrim -v /mnt
umount /mnt'
trimmed=$(kib)
say "the qcow2 file has $full KiB with the file, $trimmed KiB after fstrim"
[ "$full" -gt 40000 ] || fail "the 40 MiB did not reach the file, which has $full KiB"
[ $((full - trimmed)) -gt 35000 ] || fail "fstrim freed only $((full - trimmed)) KiB of 40960"
must xl destroy g1
kill_server s1 -TERM
must qemu-img check "$W/disk.qcow2"
