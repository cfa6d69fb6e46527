# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# An NBD error on a request: that request fails in the guest, and the disk goes on.
# when: all       io-error and hold-policies show it on the fake host

# So that what is mapped at the end can only be the ring, or what a failed request left behind.
echo 'persistent-grants = off' >/etc/xen-nbdback.conf
start_daemon
truncate -s 64M "$W/disk"
start_nbdkit s1 --filter=error file "$W/disk" error-pread=EIO error-pread-rate=1 error-pread-file="$W/read-errors" \
  error-pwrite=ENOSPC error-pwrite-rate=1 error-pwrite-file="$W/write-errors"
make_guest g1 pv guest "$(script_disk s1 xvda)"
start_guest g1
use_disk g1 xvda "$W/disk"
: >"$W/guest-errors-expected"
: >"$W/read-errors"
guest_run g1 '! dd if=/dev/xvda of=/dev/null bs=4k count=1 skip=1000 iflag=direct'
rm "$W/read-errors"
guest_run g1 'dd if=/dev/xvda of=/dev/null bs=4k count=1 skip=1000 iflag=direct'
: >"$W/write-errors"
guest_run g1 '! dd if=/dev/zero of=/dev/xvda bs=4k count=1 seek=1000 oflag=direct'
rm "$W/write-errors"
use_disk g1 xvda "$W/disk"
expect_equal "the backend's state" "$(node "$(backend g1 vbd)/state")" 4
expect_equal "nbd-state" "$(node "$(backend g1 vbd)/nbd-state")" connected
expect_equal "mapped grants besides the ring" "$(mapped_grants g1)" 1
