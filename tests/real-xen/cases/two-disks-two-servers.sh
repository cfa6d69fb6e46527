# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# One guest, two disks at once: nbdkit and qemu-nbd. Each has its own worker.
# when: all       many-disks and others show it on the fake host

start_daemon
truncate -s 64M "$W/disk1" "$W/disk2"
start_nbdkit s1 file "$W/disk1"
start_qemu_nbd s2 --format=raw "$W/disk2"
make_guest g1 pv guest "$(script_disk s1 xvda)" "$(script_disk s2 xvdb)"
start_guest g1
use_disk g1 xvda "$W/disk1"
use_disk g1 xvdb "$W/disk2"
# Both at the same time.
guest_run g1 'for d in xvda xvdb; do
  dd if=/dev/urandom of=/tmp/$d bs=1M count=8 2>/dev/null
  (dd if=/tmp/$d of=/dev/$d bs=256k conv=fsync 2>/dev/null) &
done
wait
echo 3 >/proc/sys/vm/drop_caches
for d in xvda xvdb; do
  head -c 8388608 /dev/$d | cmp - /tmp/$d
  sha256sum /tmp/$d
done'
expect_equal "disk 1 on its server" "$(head -c 8388608 "$W/disk1" | sha256sum | cut -d ' ' -f 1)" \
  "$(sed -n 1p "$W/guest-out" | cut -d ' ' -f 1)"
expect_equal "disk 2 on its server" "$(head -c 8388608 "$W/disk2" | sha256sum | cut -d ' ' -f 1)" \
  "$(sed -n 2p "$W/guest-out" | cut -d ' ' -f 1)"
expect_equal "workers" "$(workers | wc -w)" 2
