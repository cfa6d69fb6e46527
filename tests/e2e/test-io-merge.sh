#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Requests that lie together become one command of up to 1 MiB; never across
# a flush or a barrier.  nbdkit's log is the witness.

. "$SRCDIR/tests/e2e/lib.sh"

need_filter log fua
start_nbdkit s1 --filter=log --filter=fua memory 16M logfile="$D/trace"
start_daemon
guest 1 <<END
$disk
connect linux
sh : >$D/trace
write sector=0 count=256 segments=1 async=1
drain
sh cp $D/trace $D/trace.write
sh : >$D/trace
read sector=0 count=256 segments=1 async=1
drain
sh cp $D/trace $D/trace.read
verify sector=0 count=256
sh : >$D/trace
write sector=0 count=64 segments=1 async=1 pattern=2
flush async=1
write sector=64 count=64 segments=1 async=1 pattern=3
drain
sh cp $D/trace $D/trace.flush
verify sector=0 count=64 pattern=2
verify sector=64 count=64 pattern=3
sh : >$D/trace
write sector=0 count=64 segments=1 async=1 pattern=4
barrier sector=64 count=8 async=1 pattern=4
write sector=72 count=64 segments=1 async=1 pattern=4
drain
sh cp $D/trace $D/trace.barrier
verify sector=0 count=136 pattern=4
expect problems 0
close
destroy
END

# commands FILE: one per line, without what differs from run to run
commands ()
{
  sed -nE 's/.* (Read|Write|Flush|Trim) id=[0-9]+ ?(offset=(0x[0-9a-f]+) count=(0x[0-9a-f]+))?.*\.\.\.$/\1 \3 \4/p' "$1"
}

n=$(commands "$D/trace.write" | wc -l)
[ "$n" -ge 1 ] && [ "$n" -lt 32 ] || fail "$n commands for 32 writes"
n=$(commands "$D/trace.read" | wc -l)
[ "$n" -ge 1 ] && [ "$n" -lt 32 ] || fail "$n commands for 32 reads"
for t in flush barrier; do
  commands "$D/trace.$t" | grep -q '^Flush' || fail "no flush: $t"
  commands "$D/trace.$t" | while read -r op offset count; do
    [ "$op" = Write ] || continue
    start=$((offset)) end=$((offset + count))
    for border in 32768 $([ $t = flush ] || echo 36864); do
      [ $start -ge $border ] || [ $end -le $border ] || exit 1
    done
  done || fail "merged across a $t: $(commands "$D/trace.$t")"
done
# The barrier: flush, its data, flush, in this order and before what follows.
expect_equal "the order of a barrier" \
  "$(commands "$D/trace.barrier" | grep -v '^Write 0x0' | grep -m 3 . |
     sed 's/ .*0x8000 .*/ barrier/; s/ *$//' | tr '\n' ,)" \
  "Flush,Write barrier,Flush,"
finish
