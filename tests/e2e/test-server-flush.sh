#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A flush and a write that were under way when the server died are answered
# once another server has done them, not before, and without an error.

. "$SRCDIR/tests/e2e/lib.sh"

need_filter log
nbdkit --dump-plugin eval >/dev/null 2>&1 || skip "nbdkit has no eval"

# Once $D/hold is there, this server does neither.
hold='if [ -e "$D/hold" ]; then
  "$FAKE_XEN_BIN/wait-for" 60 no-file "$D/hold"
  exit 1
fi'
truncate -s 16M "$D/disk"
start_nbdkit s1 --filter=log eval logfile="$D/trace1" \
  get_size='echo 16M' can_write='exit 0' can_flush='exit 0' \
  thread_model='echo parallel' pread='head -c "$3" /dev/zero' flush="$hold" \
  pwrite="$hold; dd of=\"\$D/disk\" conv=notrunc oflag=seek_bytes seek=\$4"
start_daemon
start_guest 1 <<END
$disk
connect linux
write sector=0 count=88 pattern=6
sh touch $D/hold
write sector=88 count=88 pattern=7 async=1
flush async=1
drain
sh cp $D/trace2 $D/drained
verify sector=0 count=88 pattern=6
verify sector=88 count=88 pattern=7
expect problems 0
close
destroy
END

# traced FILE COMMAND: was it sent to the server?
traced ()
{
  grep -q " $2.*\.\.\.$" "$1"
}

wait_for 10 "the server has no flush" traced "$D/trace1" 'Flush id='
wait_for 10 "the server has no second write" \
  traced "$D/trace1" 'Write id=[0-9]* offset=0xb000'
kill_server s1
rm "$D/hold"
wait_node 10 "$(backend 1)/nbd-state" '^held'
sleep 0.3
[ "$(grep -c . "$D/guest.1")" = 0 ] || fail "$(cat "$D/guest.1")"
start_nbdkit s1 --filter=log file "$D/disk" logfile="$D/trace2"
wait_guest 1
traced "$D/drained" 'Write id=[0-9]* offset=0xb000' ||
  fail "answered before the write was repeated"
traced "$D/drained" 'Flush id=' ||
  fail "answered before the flush was repeated"
! grep answer "$D/guest.1" || fail "an error was answered"
finish
