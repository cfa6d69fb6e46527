# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# GRUB as the boot loader of a PV guest: it loads the kernel from the disk and hands over; Linux uses the same disk.
# limit: 150
# takes: 105

start_daemon
boot_disk "$W/disk"
start_nbdkit s1 file "$W/disk"
make_guest g1 pv guest "$(script_disk s1 xvda)"
by_grub g1 /usr/lib/grub-xen/grub-x86_64-xen.bin
start_guest g1 400
grep -q 'GRUB read this from the disk' /tmp/guest-g1.log || fail "GRUB did not say that it read its configuration"
use_file_system g1
