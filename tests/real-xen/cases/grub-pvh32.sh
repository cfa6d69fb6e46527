# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# GRUB for PVH, which is a 32-bit program (protocol x86_32-abi), loads a 64-bit Linux from the disk, which then connects
# to the same disk with protocol x86_64-abi.
# boot: pvh
# limit: 150
# takes: 100
# when: all       grub-pv shows a boot loader's frontend; this is another layout of the ring, as on the fake host

start_daemon
boot_disk "$W/disk"
start_nbdkit s1 file "$W/disk"
make_guest g1 pvh guest "$(script_disk s1 xvda)"
by_grub g1 /usr/lib/grub-xen/grub-i386-xen_pvh.bin
must xl create "$W/g1.cfg"
wait_node 120 "$(guest_store g1)/device/vbd/51712/protocol" '^x86_32-abi$'
wait_guest g1 400
grep -q 'GRUB read this from the disk' /tmp/guest-g1.log || fail "GRUB did not say that it read its configuration"
expect_equal "the protocol of Linux" "$(node "$(guest_store g1)/device/vbd/51712/protocol")" x86_64-abi
use_file_system g1
