#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A barrier's data lasts when it is answered: by FUA where the server has it,
# else by a second flush; and all before it does, by the first.

. "$SRCDIR/tests/e2e/volatile.sh"

start_daemon
domid=1
for fua in 0 1; do
  truncate -s 0 "$D/disk"
  start_volatile fua=$fua delay=2
  : >"$D/trace"
  guest $domid <<END
$disk
connect linux
write sector=0 count=8 pattern=1 async=1
write sector=64 count=8 pattern=2 async=1
barrier sector=128 count=8 pattern=3 async=1
write sector=256 count=8 pattern=4 async=1
drain
sh cp $D/trace $D/barrier
barrier
flush sector=512 count=8 pattern=5
verify sector=128 count=8 pattern=3
verify sector=512 count=8 pattern=5
expect problems 0
close
destroy
END
  wait_no_worker
  kill_server s1
  case $fua in
    0) wanted='flush,END flush,write 65536,END write 65536,flush,END flush,write 131072,END write 131072,' ;;
    1) wanted='flush,END flush,write 65536 fua,END write 65536 fua,write 131072,END write 131072,' ;;
  esac
  expect_equal "the order" \
    "$(sed -E 's/ 4096//' "$D/barrier" | sed -n '/flush/,$p' | tr '\n' ,)" \
    "$wanted"
  [ "$(grep -c '^END write' "$D/barrier")" = 4 ] || fail "$(cat "$D/barrier")"
  domid=$((domid + 1))
done
finish
