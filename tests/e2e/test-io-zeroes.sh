#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Writes of zeroes: as they are, as zeroes, or as holes; alone or beside other
# data.

. "$SRCDIR/tests/e2e/volatile.sh"

printf '[disk vbd/2/*]\ndetect-zeroes = on\n[disk vbd/3/*]\ndetect-zeroes = unmap\n' \
  >"$D/conf"
start_daemon --config "$D/conf"
start_volatile fua=1
for domid in 1 2 3; do
  : >"$D/trace"
  guest $domid <<END
$disk
connect linux
write sector=0 count=264 pattern=7
write sector=0 count=88 pattern=0
barrier sector=88 count=8 pattern=0
write sector=96 count=8 pattern=0 async=1
write sector=104 count=8 pattern=9 async=1
write sector=112 count=8 pattern=0 async=1
drain
verify sector=0 count=104 pattern=0
verify sector=104 count=8 pattern=9
verify sector=112 count=8 pattern=0
verify sector=120 count=144 pattern=7
expect problems 0
close
destroy
END
  wait_no_worker
  cp "$D/trace" "$D/trace.$domid"
done
! grep zero "$D/trace.1" || fail "zeroes though nothing was said"
for line in 'zero 0 45056' 'zero 45056 4096 fua' 'zero 49152 4096' \
            'write 53248 4096' 'zero 57344 4096'; do
  grep -qx "$line" "$D/trace.2" || fail "no $line: $(cat "$D/trace.2")"
  grep -qx "$(echo "$line" | sed '/zero/s/$/ trim/')" "$D/trace.3" ||
    fail "no $line with trim: $(cat "$D/trace.3")"
done
finish
