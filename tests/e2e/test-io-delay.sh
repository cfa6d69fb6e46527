#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A server with a delay: as many requests are at it as the guest has put on
# the ring, so 32 take little longer than one.

. "$SRCDIR/tests/e2e/lib.sh"

need_filter delay
start_nbdkit s1 -t 64 --filter=delay memory 16M delay-read=300ms
start_daemon
# Far apart, so that they are not merged.
{
  echo "$disk"
  echo "connect linux"
  i=0
  while [ $i -lt 32 ]; do
    echo "read sector=$((i * 100)) count=8 async=1"
    i=$((i + 1))
  done
  echo "sh touch $D/sent"
  echo "drain"
  echo "sh touch $D/done"
  echo "close"
  echo "destroy"
} >"$D/script"
guest 1 <"$D/script"
ms=$(($(date +%s%N -r "$D/done") - $(date +%s%N -r "$D/sent")))
ms=$((ms / 1000000))
[ $ms -lt 5000 ] || fail "32 requests took $ms ms"
finish
