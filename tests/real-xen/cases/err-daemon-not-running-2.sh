# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Without xen-blkback libxl waits for a backend (10 s) before it would call the script: it fails by itself, and leaves
# nothing that hinders the next attempt.
# when: all       err-daemon-not-running shows it with xen-blkback, this one without

touch "$W/no-daemon"
truncate -s 8M "$W/disk"
start_nbdkit s1 file "$W/disk"
make_guest g1 pv guest "$(script_disk s1 xvda)"
began=$(now)
must_not xl create -p "$W/g1.cfg"
expect_in "$W/out" 'unable to add disk devices' "what xl create says"
[ $(($(now) - began)) -lt 40 ] || fail "xl create took $(($(now) - began)) s"
start_daemon
paused g1
