# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A driver domain: a second PV guest runs nbdkit, our daemon and `xl devd'; the disk says backend=storage.
# limit: 200
# takes: 70

(cd / && (echo proc sys dev tmp run mnt | tr ' ' '\n'; find bin sbin lib lib64 usr etc init rx root var -xdev) |
  cpio -o -H newc 2>/dev/null) >/tmp/driver.img
make_guest storage pv driver
sed -i 's/^ramdisk=.*/ramdisk="\/tmp\/driver.img"/; s/loglevel=5/& rx.driver/; s/^memory=.*/memory=640/' "$W/storage.cfg"
echo 'driver_domain=1' >>"$W/storage.cfg"
start_guest storage
guest_run storage 'mkdir -p /tmp/s /var/log/xen
truncate -s 64M /tmp/s/disk
nbdkit -U /tmp/s/sock -P /tmp/s/pid file /tmp/s/disk
while ! [ -s /tmp/s/pid ]; do usleep 100000; done
xen-nbdback --log-level debug >/tmp/s/log 2>&1 &
sleep 1
xl -v devd -F >/tmp/s/devd.log 2>&1 &
sleep 2
nbdinfo --size "nbd+unix:///?socket=/tmp/s/sock"
ps | grep -E "xen-nbdback|devd"'

make_guest g1 pv guest "backend=storage,vdev=xvda,access=rw,script=block-nbdback,target=nbd:unix:/tmp/s/sock"
(start_guest g1) || { guest_run storage 'tail -n 30 /tmp/s/log /tmp/s/devd.log /var/log/xen/*'; exit 1; }
in_guest=$(guest_sum g1 'wait-disk xvda
dd if=/dev/urandom of=/dev/xvda bs=64k count=16 conv=fsync 2>/dev/null
echo 3 >/proc/sys/vm/drop_caches
head -c 1048576 /dev/xvda | sha256sum')
in_file=$(guest_sum storage 'head -c 1048576 /tmp/s/disk | sha256sum')
expect_equal "the first MB in the driver domain" "$in_file" "$in_guest"
expect_equal "the backend's state" "$(node "$(guest_store storage)/backend/vbd/$(domid g1)/51712/state")" 4
must_quietly xl block-detach g1 51712
guest_run storage 'for i in $(seq 50); do pidof xen-nbdback-worker || break; usleep 100000; done
! pidof xen-nbdback-worker'
must_quietly xl destroy g1
guest_run storage 'tail -n 15 /tmp/s/log'
