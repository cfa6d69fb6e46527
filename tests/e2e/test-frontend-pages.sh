#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Rings of several pages, under either name, and more queues than we offer,
# for xen-blkback offered that before.  And one page that is called ring-ref0.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
echo 'max-queues = 1' >"$D/conf"
start_daemon --config "$D/conf"
domid=0

# served PAGES QUEUES HOW...
served ()
{
  pages=$1 queues=$2
  shift 2
  domid=$((domid + 1))
  guest $domid <<END
$disk KEY:multi-queue-max-queues=8
connect linux $*
expect ring $pages
expect queues $queues
write sector=0 count=88 pattern=$domid queue=0
verify sector=0 count=88 pattern=$domid queue=$((queues - 1))
load rw=randrw verify=1 requests=1000 depth=64 size=4194304 flush=50 json=$D/load
expect problems 0
close
destroy
END
  wait_no_worker
}

served 1 1 naming=zero
served 1 1 naming=num
served 2 1 forced=1 order=1
served 4 1 forced=1 order=2 naming=num
served 16 1 forced=1 order=4
served 16 1 forced=1 order=4 protocol=x86_32-abi
served 1 2 forced=1 queues=2
served 2 4 forced=1 queues=4 order=1
finish
