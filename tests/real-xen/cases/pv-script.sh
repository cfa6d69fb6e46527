# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A PV Linux guest with a disk on the script route, from nbdkit.

start_daemon
truncate -s 64M "$W/disk"
start_nbdkit s1 file "$W/disk"
make_guest g1 pv guest "$(script_disk s1 xvda)"
start_guest g1
use_disk g1 xvda "$W/disk"

b=$(backend g1 vbd)
expect_equal "the backend's state" "$(node "$b/state")" 4
expect_equal "sectors" "$(node "$b/sectors")" 131072
expect_equal "sector-size" "$(node "$b/sector-size")" 512
expect_equal "nbd-state" "$(node "$b/nbd-state")" connected
guest_run g1 'cat /sys/block/xvda/size /sys/block/xvda/ro'
