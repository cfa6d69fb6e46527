#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A guest that grants more pages than are kept mapped, pages that cannot be
# mapped, one page twice, and pages that are granted to read only: they are
# copied by their grants.  What cannot be had even then is an error.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 64M
start_daemon
guest 1 <<END
$disk
connect linux persistent=1 segments=64
load rw=randrw bs=262144 depth=32 requests=200 verify=1 size=33554432 json=$D/load
sh [ \$($ctl grants-mapped) -le $((1056 + 1)) ] && [ \$($ctl grants-mapped) -gt 500 ]
expect problems 0
close
expect mapped 0
expect problems 0
destroy
END
wait_no_worker
{
  echo "$disk"
  echo "connect linux persistent=1"
  for i in 1 2 5 11; do
    echo "sh $ctl fail map_page $i"
    echo "write sector=0 count=88 pattern=$i"
    echo "verify sector=0 count=88 pattern=$i"
  done
  echo "sh $ctl fail map_page 1 1000000"
  echo "read sector=0 count=2816 segments=11 async=1"
  echo "drain"
  echo "verify sector=0 count=88 pattern=11"
  cat <<END
sh $ctl reset
raw op=0 segs=0-7,0-7,0-3 gref=same expect=ok
raw op=1 segs=0-7,0-7,0-3 gref=same expect=ok
raw op=0 gref=none
raw op=1 gref=none
raw op=0 gref=huge
read sector=0 count=2816 segments=11 async=1
drain
expect problems 0
close
expect mapped 0
expect problems 0
destroy
END
} >"$D/script.2"
guest 2 <"$D/script.2"
wait_no_worker
guest 3 <<END
$disk
connect linux persistent=1
raw op=1 grant=ro expect=ok
expect mapped 1
raw op=0 grant=ro
expect mapped 1
expect problems 0
close
destroy
END
finish map_refused copy_refused
