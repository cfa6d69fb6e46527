#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A barrier keeps its place though limits hold back what came before it; a disk
# that goes away does not wait for its limits.

. "$SRCDIR/tests/e2e/lib.sh"

need_filter log
start_nbdkit s1 --filter=log memory 16M logfile="$D/trace"
printf 'limit-ops = 20/1\n' >"$D/conf"
start_daemon --config "$D/conf"
guest 1 <<END
$disk
connect linux
sh : >$D/trace
write sector=0 count=8 async=1 pattern=1
write sector=100 count=8 async=1 pattern=2
read sector=4000 count=8 async=1
write sector=200 count=8 async=1 pattern=3
barrier sector=0 count=8 async=1 pattern=4
write sector=100 count=8 async=1 pattern=5
drain
sh cp $D/trace $D/done
verify sector=0 count=8 pattern=4
verify sector=100 count=8 pattern=5
verify sector=200 count=8 pattern=3
read sector=0 count=2000 segments=1 async=1
expect problems 0
close
destroy
END
sed -nE 's/.* (Read|Write|Flush) id=[0-9]+ ?(offset=(0x[0-9a-f]+))?.*\.\.\.$/\1 \3/p' \
  "$D/done" | sed -n '1,/Flush/p' | sort >"$D/before"
expect_equal "what came before the barrier" "$(tr '\n' , <"$D/before")" \
  "Flush ,Read 0x1f4000,Write 0x0,Write 0x19000,Write 0xc800,"
finish
