# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A PVH Linux guest with a disk on the script route, from nbdkit, named by a URI.
# boot: pvh
# takes: 25

start_daemon
truncate -s 64M "$W/disk"
start_nbdkit s1 file "$W/disk"
make_guest g1 pvh guest "format=raw,vdev=xvda,access=rw,script=block-nbdback,target=$(uri s1)"
start_guest g1
use_disk g1 xvda "$W/disk"
expect_equal "the backend's state" "$(node "$(backend g1 vbd)/state")" 4
