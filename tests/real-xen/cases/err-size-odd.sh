# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# An export that is not a multiple of 512 bytes is rounded down; the log says by how much.
# takes: 25
# when: all       err-target shows a refusal on real Xen, error-size this one

start_daemon
truncate -s 8000100 "$W/disk"
start_nbdkit s1 file "$W/disk"
make_guest g1 pv guest "$(script_disk s1 xvda)"
start_guest g1
guest_run g1 'wait-disk xvda; cat /sys/block/xvda/size'
expect_equal "sectors in the guest" "$(cat "$W/guest-out")" 15625
# 8000100 = 15625 * 512 + 100
wait_log 5 '100 bytes'
use_disk g1 xvda "$W/disk"
expect_equal "the file's size" "$(stat -c %s "$W/disk")" 8000100
