# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The export grows: a Linux guest sees the new size and uses it, without detaching.
# when: all       resize and its kin show it on the fake host

start_daemon
truncate -s 64M "$W/disk"
start_nbdkit s1 file "$W/disk"
make_guest g1 pv guest "$(script_disk s1 xvda)"
start_guest g1
use_disk g1 xvda "$W/disk"
guest_run g1 'sleep 1000 </dev/xvda >/dev/null 2>&1 &'
truncate -s 96M "$W/disk"
must xen-nbdctl resize "$(domid g1)/xvda"
wait_node 5 "$(backend g1 vbd)/sectors" '^196608$'
guest_run g1 'for i in $(seq 100); do
  [ "$(cat /sys/block/xvda/size)" = 196608 ] && break
  usleep 100000
done
cat /sys/block/xvda/size
dmesg | grep -i "capacity\|new size" | tail -n 1
dd if=/dev/urandom of=/tmp/end bs=64k count=16 2>/dev/null
dd if=/tmp/end of=/dev/xvda bs=1M seek=95 conv=fsync 2>/dev/null
sha256sum /tmp/end'
grep -qx 196608 "$W/guest-out" || fail "the guest does not see the new size"
expect_equal "the last MB in the server's file" "$(tail -c 1048576 "$W/disk" | sha256sum | cut -d ' ' -f 1)" \
  "$(tail -n 1 "$W/guest-out" | cut -d ' ' -f 1)"
