#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The file that xentop reads for a disk of kind vbd3: there while the worker
# is, with the right figures, and gone however the worker ends.

. "$SRCDIR/tests/e2e/lib.sh"
need perl
[ -d /dev/shm ] && [ -w /dev/shm ] || skip "no /dev/shm"

# The way libxenstat goes.
file_of ()
{
  echo "/dev/shm/td3-$(node "$(backend "$1" vbd3)/kthread-pid")/vbd-$1-51712"
}

# figures DOMID: the 12 numbers
figures ()
{
  perl -e 'read (STDIN, $_, 200) == 96 or die "not 96 bytes";
           print join (" ", unpack ("LxxxxQ11")), "\n"' <"$(file_of "$1")"
}

figures_are ()
{
  figures "$1" | grep -Eqx "$2"
}

start_nbdkit s1 memory 16M
start_nbdkit s2 memory 16M
start_daemon
start_guest 1 --kind vbd3 <<END
$disk
connect linux
write sector=0 count=88 pattern=1
read sector=0 count=8
read sector=8 count=8
read sector=32760 count=16 expect=error
flush
sh touch $D/first
sh wait-flag seen
close
destroy
END
wait_flag first
expect_equal "kthread-pid" "$(node "$(backend 1 vbd3)/kthread-pid")" \
  "$(worker vbd3/1/51712)"
wait_until 5 figures_are 1 '1 0 2 2 16 [0-9]+ 1 1 88 [0-9]+ 0 0' ||
  fail "the figures are $(figures 1)"
file=$(file_of 1)
touch "$D/seen"
wait_guest 1
wait_no_worker
[ ! -e "${file%/*}" ] || fail "$file is left"
# One that is killed.
start_guest 2 --kind vbd3 <<END
$create params=nbd:unix:$D/s2
sh touch $D/second
sh wait-flag killed
connect linux timeout=20
write sector=0 count=88 pattern=1
close
destroy
END
wait_flag second
wait_node 5 "$(backend 2 vbd3)/kthread-pid" .
file=$(file_of 2)
[ -s "$file" ] || fail "no $file"
kill -KILL "$(worker vbd3/2/51712)"
gone ()
{
  [ ! -e "${file%/*}" ]
}
wait_for 10 "${file%/*} is left" gone
touch "$D/killed"
wait_guest 2
finish
