#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# 50 times attach and detach, some of them in vain: the daemon has as many
# descriptors and children afterwards as before, and not much more memory.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon

cycle ()
{
  guest 1 <<END
$disk
connect linux
read sector=0 count=8
close
detach
! $create params=nbd:unix:$D/nothing
destroy
END
  wait_no_worker
}

fds ()
{
  ls "/proc/$daemon/fd" | wc -l
}

memory ()
{
  sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$daemon/status"
}

for i in 1 2 3 4 5; do
  cycle
done
sleep 0.2
fds=$(fds)
memory=$(memory)
i=0
while [ $i -lt $(few_or_many 10 50) ]; do
  i=$((i + 1))
  cycle
done
sleep 0.5
expect_equal "descriptors of the daemon" "$(fds)" "$fds"
expect_equal "children of the daemon" \
  "$(cat /proc/$daemon/task/*/children | wc -w)" 0
[ "$SCALE" != 1 ] || [ "$(memory)" -le $((memory + 512)) ] ||
  fail "memory grew from $memory kB to $(memory) kB"
finish
