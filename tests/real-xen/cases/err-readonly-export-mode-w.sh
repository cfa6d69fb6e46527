# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A read-only export and mode w: refused; with mode r, or when the export can be written, it works.
# takes: 17
# when: all       err-target shows a refusal on real Xen, error-readonly this one

start_daemon
truncate -s 8M "$W/disk"
start_nbdkit s1 -r file "$W/disk"
make_guest g1 pv guest
paused g1
must_not xl block-attach g1 "$(script_disk s1 xvda)"
expect_in "$W/out" 'read-?.?only' "the reason"
xl block-detach g1 51712 >/dev/null 2>&1 || true
must_quietly xl block-attach g1 "format=raw,vdev=xvdb,access=ro,script=block-nbdback,target=nbd:unix:$(sock s1)"
kill_server s1
start_nbdkit s2 file "$W/disk"
must_quietly xl block-attach g1 "$(script_disk s2 xvda)"
