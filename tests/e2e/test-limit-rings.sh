#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Rings that share a connection share the disk's limits evenly: who has waited
# longest is next, whatever ring it came from.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"

start_nbdkit s1 memory 64M
cat >"$D/conf" <<END
max-queues = 4
connections = 1
limit-ops = 100/10
END
start_daemon --config "$D/conf"
domid=1
for rings in 2 4; do
  start_guest $domid <<END
$disk
connect linux queues=$rings
load rw=randwrite bs=4096 depth=8 seconds=3
sh touch $D/over-$domid
sh wait-flag seen-$domid
close
destroy
END
  wait_flag over-$domid 30
  nbdctl --json stats $domid/xvda >"$D/stats"
  counts=$(tr -d '\n' <"$D/stats" | sed 's/.*"rings"//' | grep -o '"write": *{[^}]*"answered": *[0-9]*' | sed 's/.* //')
  expect_equal "rings" "$(echo "$counts" | wc -l)" $rings
  least=$(echo "$counts" | sort -n | head -n 1) most=$(echo "$counts" | sort -n | tail -n 1)
  [ "$most" -gt 40 ] && [ $((2 * least)) -gt "$most" ] ||
    fail "of $rings rings one has $least and one $most requests answered"
  touch "$D/seen-$domid"
  wait_guest $domid
  domid=$((domid + 1))
done
finish
