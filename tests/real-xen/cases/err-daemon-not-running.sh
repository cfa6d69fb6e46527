# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The daemon does not run: the script fails at once and says so. (It is called at once only where xen-blkback is
# loaded; see err-daemon-not-running-2.)
# boot: blkback

touch "$W/no-daemon"
truncate -s 8M "$W/disk"
start_nbdkit s1 file "$W/disk"
make_guest g1 pv guest "$(script_disk s1 xvda)"
began=$(now)
must_not xl create -p "$W/g1.cfg"
expect_in "$W/out" 'not running|no daemon|does not run' "what xl create says"
[ $(($(now) - began)) -lt 25 ] || fail "xl create took $(($(now) - began)) s"
start_daemon
paused g1
