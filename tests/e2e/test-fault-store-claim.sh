#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The store fails at the moment when the script claims a disk that
# xen-blkback has made an offer for: the script is answered once the offer is
# put right, or the nodes are read.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
d=0

offer ()
{
  for offer_key in feature-max-indirect-segments max-ring-page-order \
    multi-queue-max-queues; do
    echo "$offer_key = $(node "$(backend 1)/$offer_key")"
  done
}

for fault in 'store_rm 1 1 EACCES' 'store_write 1 1 ENOSPC' \
  'store_read 1 1 EAGAIN' 'store_read 1 1 EIO'; do
  d=$((d + 1))
  guest 1 <<END
create params=nbd:unix:$D/s1 script=block-nbdback hotplug=none
END
  wait_node 5 "$(backend 1)/nbd-state" connected
  offer >"$D/ours"
  xenstore-write "$(backend 1)/feature-max-indirect-segments" 7 \
    "$(backend 1)/max-ring-page-order" 9 \
    "$(backend 1)/multi-queue-max-queues" 99
  kill -STOP $daemon
  # shellcheck disable=SC2086
  "$ctl" fail $fault
  "$BUILDDIR/xen-nbdctl" --run-dir "$run_dir" claim vbd/1/51712 &
  claim=$!
  processes="$processes $claim"
  kill -CONT $daemon
  wait $claim || fail "$fault: the claim was refused"
  expect_equal "faults" "$("$ctl" counters fault)" $d
  offer >"$D/now"
  cmp -s "$D/ours" "$D/now" || fail "$fault: the offer is $(cat "$D/now")"
  guest 1 <<END
back hotplug-status connected
connect linux
read sector=0 count=88
expect problems 0
close
destroy
END
  wait_no_worker
done
finish
