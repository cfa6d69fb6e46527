#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The server stands still, with requests at it: destroy does not wait for it
# longer than libxl does for us.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
start_guest 1 <<END
$disk
connect linux
sh touch $D/connected
sh wait-flag stopped
write sector=0 count=88 async=1
destroy
END
wait_flag connected
kill -STOP "$(server s1)"
touch "$D/stopped"
try_wait 1
! grep -q 'did not reach\|zombie\|mapped' "$D/guest.1" ||
  fail "$(cat "$D/guest.1")"
finish
