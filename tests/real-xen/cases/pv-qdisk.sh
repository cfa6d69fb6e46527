# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A PV Linux guest with a disk on the qdisk route. QEMU, which libxl starts for such a disk, must leave it alone.

start_daemon
truncate -s 64M "$W/disk"
start_nbdkit s1 file "$W/disk"
make_guest g1 pv guest "$(qdisk_disk s1 xvda)"
start_guest g1
use_disk g1 xvda "$W/disk"
b=$(backend g1 qdisk)
expect_equal "the backend's params" "$(node "$b/params")" "aio:nbd:unix:$W/s1.sock"
expect_equal "the backend's state" "$(node "$b/state")" 4

# xl attaches one to a running guest, too, if QEMU runs for it, that is, if it was created with such a disk.
truncate -s 64M "$W/disk2"
start_nbdkit s2 file "$W/disk2"
must_quietly xl block-attach g1 "$(qdisk_disk s2 xvdb)"
use_disk g1 xvdb "$W/disk2"
must_quietly xl block-detach g1 51728
must_quietly xl destroy g1
wait_for 10 "the worker is still there" no_worker
