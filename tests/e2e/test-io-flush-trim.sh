#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Flush and discard reach the server, no more and no less of the disk than
# was asked for; a large discard becomes several commands.

. "$SRCDIR/tests/e2e/lib.sh"

need_filter log
start_nbdkit s1 --filter=log memory 6G logfile="$D/trace"
start_daemon
guest 1 <<END
$disk
connect linux
sh : >$D/trace
flush
sh grep -q 'Flush' $D/trace
sh : >$D/trace
write sector=0 count=88 pattern=1
discard sector=8 count=40
sh grep -q 'Trim .*offset=0x1000 count=0x5000' $D/trace
verify sector=0 count=8 pattern=1
verify sector=8 count=40 pattern=0
verify sector=48 count=40 pattern=1
sh : >$D/trace
discard sector=0 count=12582912
read sector=0 count=8
discard sector=12582905 count=8 expect=error
discard sector=0xffffffffffffffff count=2 expect=error
discard sector=0 count=0 expect=any
expect problems 0
close
destroy
END
sum=0
for count in $(sed -nE 's/.*Trim id=[0-9]+ offset=0x[0-9a-f]+ count=(0x[0-9a-f]+).*\.\.\.$/\1/p' "$D/trace"); do
  sum=$((sum + count))
  n=$((n + 1))
  [ $((count)) -le 4294966784 ] || fail "$count is more than NBD has"
done
expect_equal "bytes that were trimmed" $sum 6442450944
[ $n -ge 2 ] || fail "one command"
finish
