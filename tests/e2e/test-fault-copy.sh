#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A grant copy fails, as a whole or one segment of it: those requests fail,
# no more, and the disk goes on.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
guest 1 <<END
$disk
connect linux
write sector=0 count=88 pattern=7
sh $ctl fail copy_segment 3
read sector=0 count=88 expect=error
verify sector=0 count=88 pattern=7
sh $ctl fail copy_segment 11
write sector=0 count=88 pattern=8 expect=error
verify sector=0 count=88 pattern=7
sh $ctl fail copy_segment 1 1 -1
read sector=0 count=8 expect=error
sh $ctl fail copy 1
read sector=0 count=88 expect=error
sh $ctl fail copy 1
write sector=0 count=88 pattern=9 expect=error
verify sector=0 count=88 pattern=7
# One segment of many requests that go together: just that one is bad.
sh $ctl fail copy_segment 5
read sector=0 count=256 segments=1 async=1
drain
sh $ctl fail copy_segment 5
write sector=0 count=256 segments=1 async=1 pattern=5
drain
expect problems 0
expect-back state 4
verify sector=200 count=56 pattern=5
close
destroy
END
expect_equal "merged requests that failed" \
  "$(grep -c 'answer error, not ok' "$D/guest")" 2
finish
