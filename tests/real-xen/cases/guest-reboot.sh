# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A guest reboots: libxl makes a new domain of it, with the same disk, and what it wrote is there.
# takes: 50
# when: all       a boot loader's successor is in grub-pv, the claim of the same VM on the fake host

start_daemon
truncate -s 64M "$W/disk"
start_nbdkit s1 file "$W/disk"
guest_reboot=restart
make_guest g1 pv guest "$(script_disk s1 xvda)"
start_guest g1
before=$(domid g1)
sum=$(guest_sum g1 'wait-disk xvda
dd if=/dev/urandom of=/dev/xvda bs=64k count=16 conv=fsync 2>/dev/null
head -c 1048576 /dev/xvda | sha256sum')
guest_send g1 'reboot -f'
rebooted () { [ -n "$(domid g1)" ] && [ "$(domid g1)" != "$before" ]; }
wait_for 60 "the guest did not come back" rebooted
wait_guest g1
say "domain $before is now domain $(domid g1)"
again=$(guest_sum g1 'wait-disk xvda
head -c 1048576 /dev/xvda | sha256sum')
expect_equal "what the guest reads after its reboot" "$again" "$sum"
expect_equal "workers" "$(workers | wc -w)" 1
use_disk g1 xvda "$W/disk"
! grep -i error /var/log/xen/xl-g1.log || fail "xl reports an error: $(grep -i error /var/log/xen/xl-g1.log | head -n 1)"
