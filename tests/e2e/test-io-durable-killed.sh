#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A server without FUA dies between a write and the flush that is to make it
# durable: the next server gets both.  Without a write cache, and for a barrier.

. "$SRCDIR/tests/e2e/volatile.sh"

# The write has ended, and what covers it has begun.
flush_has_begun ()
{
  sed -n '/^END write/,$p' "$D/trace" | grep -q '^flush'
}

# lose DOMID COMMAND...: the guest's COMMAND writes the first 160 sectors
lose ()
{
  truncate -s 0 "$D/disk"
  start_volatile fua=0 delay=700
  : >"$D/trace"
  lose_domid=$1
  shift
  start_guest "$lose_domid" <<END
$disk
connect linux
$* sector=0 count=160 pattern=7 segments=1 async=1
drain
sh touch $D/answered-$lose_domid
sh wait-flag lost-$lose_domid
verify sector=0 count=160 pattern=7
expect problems 0
close
destroy
END
  wait_for 20 "no flush after the write" flush_has_begun
  kill_server s1
  start_volatile fua=0 delay=0
  wait_flag "answered-$lose_domid"
  kill_server s1
  start_volatile fua=0 delay=0
  touch "$D/lost-$lose_domid"
  wait_guest "$lose_domid"
  wait_no_worker
  kill_server s1
}

restarts_daemon
start_daemon
lose 1 barrier
stop_daemon
echo 'write-cache = off' >"$D/conf"
start_daemon --config "$D/conf"
lose 2 write
finish
