# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A disk with mode r, and one whose export is read-only as well: the guest reads and cannot write.
# when: all       error-readonly and attach-properties show it on the fake host

start_daemon
head -c 4194304 /dev/urandom >"$W/disk"
sum=$(file_sum "$W/disk")
start_nbdkit s1 file "$W/disk"
start_nbdkit s2 -r file "$W/disk"
make_guest g1 pv guest "format=raw,vdev=xvda,access=ro,script=block-nbdback,target=nbd:unix:$(sock s1)" \
  "format=raw,vdev=xvdb,access=ro,script=block-nbdback,target=nbd:unix:$(sock s2)"
start_guest g1
for d in xvda xvdb; do
  seen=$(guest_sum g1 "wait-disk $d
echo \"$d is read-only: \$(cat /sys/block/$d/ro)\"
! dd if=/dev/zero of=/dev/$d bs=4k count=1 conv=fsync
sha256sum /dev/$d")
  expect_in "$W/guest-out" "$d is read-only: 1" "read-only in the guest"
  expect_equal "what the guest read from $d" "$seen" "$sum"
done
must xl destroy g1
expect_equal "the file afterwards" "$(file_sum "$W/disk")" "$sum"
