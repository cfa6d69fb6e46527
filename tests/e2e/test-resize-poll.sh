#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# With resize-poll, the guest sees that the export has grown or shrunk without
# anybody saying so, and its load goes on.

. "$SRCDIR/tests/e2e/lib.sh"

truncate -s 16M "$D/disk"
start_nbdkit s1 file "$D/disk"
echo 'resize-poll = 0.5' >"$D/conf"
not "$BUILDDIR/xen-nbdback" --run-dir "$run_dir" --config "$D/conf" 2>"$D/why" ||
  fail "a poll every half second was accepted"
grep -q 'resize-poll = 0.5: it must be a number of seconds from 1 to' "$D/why" ||
  fail "it says: $(cat "$D/why")"
echo 'resize-poll = 1' >"$D/conf"
start_daemon --config "$D/conf"
start_guest 1 <<END
$disk
connect linux
sh touch $D/connected
load seconds=3 depth=8
sh wait-flag grown
write sector=65528 count=8 pattern=2
sh touch $D/used
load seconds=3 depth=8 size=8388608
sh wait-flag shrunk
read sector=0 count=8
read sector=49152 count=8 expect=error
expect problems 0
close
destroy
END
wait_flag connected
truncate -s 32M "$D/disk"
wait_node 15 "$(backend 1)/sectors" '^65536$'
touch "$D/grown"
wait_flag used
truncate -s 24M "$D/disk"
wait_node 15 "$(backend 1)/sectors" '^49152$'
touch "$D/shrunk"
wait_guest 1
not logged 'held' || fail "the disk was held"
finish
