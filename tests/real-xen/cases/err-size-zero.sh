# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# An export without a byte is no disk.
# takes: 12
# when: all       err-target shows a refusal on real Xen, error-size this one

start_daemon
start_nbdkit s1 null size=0
make_guest g1 pv guest
paused g1
must_not xl block-attach g1 "$(script_disk s1 xvda)"
expect_in "$W/out" 'size|empty|0 bytes' "the reason"
kill_server s1
xl block-detach g1 51712 >/dev/null 2>&1 || true
start_nbdkit s1 null size=1M
must_quietly xl block-attach g1 "$(script_disk s1 xvda)"
