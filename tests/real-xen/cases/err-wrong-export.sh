# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The server has no export of that name.
# takes: 17
# when: all       err-target shows a refusal on real Xen, error-export this one

start_daemon
truncate -s 8M "$W/disk"
start_qemu_nbd s1 --format=raw --export-name=right "$W/disk"
make_guest g1 pv guest
paused g1
must_not xl block-attach g1 "vdev=xvda,script=block-nbdback,target=nbd:unix:$(sock s1):exportname=wrong"
expect_in "$W/out" 'export|wrong' "the reason"
xl block-detach g1 51712 >/dev/null 2>&1 || true
must_quietly xl block-attach g1 "vdev=xvda,script=block-nbdback,target=nbd:unix:$(sock s1):exportname=right"
must_quietly xl block-attach g1 "vdev=xvdb,script=block-nbdback,target=nbd+unix:///right?socket=$(sock s1)"
