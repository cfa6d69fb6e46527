# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Without xen-blkback, which is what dom0 is like in most cases: attach, detach and attach again on a running guest.
# when: all       all cases of the default boot are without xen-blkback

! grep -q '^xen_blkback ' /proc/modules
start_daemon
truncate -s 64M "$W/disk"
start_nbdkit s1 file "$W/disk"
make_guest g1 pv guest
start_guest g1
must xl block-attach g1 "$(script_disk s1 xvda)"
use_disk g1 xvda "$W/disk"
must xl block-detach g1 51712
wait_for 10 "the worker is left" no_worker
must xl block-attach g1 "$(script_disk s1 xvda)"
use_disk g1 xvda "$W/disk"
must xl block-detach g1 51712
expect_equal "mapped grants of the guest" "$(mapped_grants g1)" 0
! grep -q '^xen_blkback ' /proc/modules
