#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A list that is too long for one packet comes in pages, in an order that
# stays, each disk once.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"

long=$(printf '%01500d' 0)
start_daemon
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
  b=/local/domain/0/backend/qdisk/$i/51712
  xenstore-write $b/frontend /local/domain/$i/device/vbd/51712 \
    $b/frontend-id $i $b/mode w $b/online 1 $b/state 1 \
    $b/params "nbd:unix:$D/none:exportname=$long" ||
    fail "cannot write the nodes"
done
all_there ()
{
  [ "$(nbdctl list | wc -l)" = 17 ]
}
wait_for 10 "not all disks are listed" all_there
nbdctl list --json >"$D/list" || fail "no list"
expect_equal "the order" "$(sed -n 's/.*"device": "\(.*\)".*/\1/p' "$D/list" |
  tr '\n' ' ')" "$(for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
  printf 'qdisk/%s/51712 ' $i; done)"
packets '"{\"type\":\"ask\",\"serial\":7,\"verb\":\"list\"}"' 1 >"$D/page"
grep -q '"serial":7.*"more":true' "$D/page" || fail "it was one page"
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
  xenstore-rm /local/domain/0/backend/qdisk/$i
done
finish
