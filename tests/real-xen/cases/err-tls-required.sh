# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A server that talks only with TLS, and a target without it.
# takes: 12
# when: all       err-target shows a refusal on real Xen, error-tls this one

start_daemon
truncate -s 8M "$W/disk"
echo 'somebody:00112233445566778899aabbccddeeff' >"$W/keys"
start_nbdkit s1 --tls=require --tls-psk="$W/keys" file "$W/disk"
make_guest g1 pv guest
paused g1
must_not xl block-attach g1 "$(script_disk s1 xvda)"
expect_in "$W/out" 'tls|policy' "the reason"
xl block-detach g1 51712 >/dev/null 2>&1 || true
kill_server s1
start_nbdkit s1 file "$W/disk"
must_quietly xl block-attach g1 "$(script_disk s1 xvda)"
