#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A disk whose server is away, with requests held, is detached and destroyed
# well within libxl's 10 seconds.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_nbdkit s2 memory 16M
start_daemon
for d in 1 2; do
  start_guest $d <<END
$create params=nbd:unix:$D/s$d
connect linux
sh touch $D/connected$d
sh wait-flag killed
write sector=0 count=88 async=1
$([ $d = 1 ] && echo detach)
destroy
END
done
wait_flag connected1
wait_flag connected2
kill_server s1
kill_server s2
touch "$D/killed"
# shellcheck disable=SC2154 # set by start_guest
wait_for 10 "the disks are not gone" ended "$guest_1" "$guest_2"
for d in 1 2; do
  try_wait $d
  ! grep -q 'did not reach\|zombie\|mapped' "$D/guest.$d" ||
    fail "$(cat "$D/guest.$d")"
done
finish
