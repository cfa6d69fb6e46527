# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Requests that no driver would send, from a frontend in the guest's user space: each gets its error status, the disk
# goes on, the log stays short; a ring that makes no sense closes the device. Writable and read-only.
# limit: 200

(cd / && (echo proc sys dev tmp run mnt | tr ' ' '\n'; find bin sbin lib lib64 usr etc init rx root var -xdev) |
  cpio -o -H newc 2>/dev/null) >/tmp/rogue.img
start_daemon
truncate -s 64M "$W/disk"
start_nbdkit s1 file "$W/disk"
make_guest g1 pv driver
sed -i 's/^ramdisk=.*/ramdisk="\/tmp\/rogue.img"/; s/loglevel=5/& rx.driver/; s/^memory=.*/memory=640/' "$W/g1.cfg"
start_guest g1
guest_run g1 'rmmod xen-blkfront'

must_quietly xl block-attach g1 "$(script_disk s1 xvda)"
guest_run g1 'rogue-frontend 51712 w' 120
expect_in "$daemon_log" 'refused the guest' "the daemon's log"
[ "$(grep -c 'refused the guest' "$daemon_log")" -le 6 ] || fail "the guest can fill the log"
expect_in "$daemon_log" 'more requests than its ring can hold' "the daemon's log"
must_quietly xl block-detach g1 51712

must_quietly xl block-attach g1 "format=raw,vdev=xvdb,access=ro,script=block-nbdback,target=nbd:unix:$(sock s1)"
guest_run g1 'rogue-frontend 51728 r' 120
must_quietly xl block-detach g1 51728
must_quietly xl destroy g1
