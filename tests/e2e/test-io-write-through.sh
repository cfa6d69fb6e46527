#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Without a write cache, what was answered is there after the server's host
# died, though the guest never flushes: by FUA, or by flushes that several
# writes share.

. "$SRCDIR/tests/e2e/volatile.sh"

printf 'write-cache = off\n' >"$D/conf"
start_daemon --config "$D/conf"
domid=1
for fua in 0 1; do
  rm -f "$D/killed" "$D/answered" "$D/trace"
  truncate -s 0 "$D/disk"
  start_volatile fua=$fua delay=2
  start_guest $domid <<END
$disk
connect linux
expect flush 0
expect barrier 0
flush expect=eopnotsupp
write sector=0 count=512 pattern=7 segments=1 async=1
write sector=1000 count=88 pattern=8 async=1
drain
sh cp $D/trace $D/answered
sh wait-flag killed
verify sector=0 count=512 pattern=7
verify sector=1000 count=88 pattern=8
expect problems 0
close
destroy
END
  wait_flag answered
  kill_server s1
  start_volatile fua=$fua
  touch "$D/killed"
  wait_guest $domid
  wait_no_worker
  writes=$(grep -c '^write' "$D/answered")
  flushes=$(grep -c '^flush' "$D/answered")
  if [ $fua = 1 ]; then
    expect_equal "writes with FUA" "$(grep -c '^write.*fua' "$D/answered")" \
      "$writes"
    expect_equal "flushes" "$flushes" 0
  else
    [ "$flushes" -ge 1 ] && [ "$flushes" -le "$writes" ] ||
      fail "$flushes flushes for $writes writes"
  fi
  kill_server s1
  domid=$((domid + 1))
done
# Such a disk is not served where it cannot be had.
start_nbdkit s1 eval get_size='echo 1M' pread='head -c $3 /dev/zero' \
  can_write='exit 0' pwrite='cat >/dev/null'
refused "nbd:unix:$D/s1" 'write-cache = off.*neither flush nor FUA'
finish
