#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The daemon is killed at random moments of attaching, connecting, closing
# and removing, and started again: each step is done in the end.

. "$SRCDIR/tests/e2e/lib.sh"
restarts_daemon

start_nbdkit s1 memory 16M
start_daemon
# Its random numbers can be repeated.
seed=${SEED:-$$}
say "SEED=$seed"
delay ()
{
  seed=$(((seed * 1103515245 + 12345) % 2147483648))
  sleep 0.$(printf '%03d' $((seed / 65536 % 300)))
}

rounds=$(few_or_many 8 40)
start_guest 1 --kind qdisk <<END
$(i=0
  while [ $i -lt $rounds ]; do
    i=$((i + 1))
    cat <<END2
create params=nbd:unix:$D/s1
connect linux timeout=30
write sector=0 count=88 pattern=$i
verify sector=0 count=88 pattern=$i
close timeout=30
state 1
wait-state 2 timeout=30
connect linux timeout=30
verify sector=0 count=88 pattern=$i
expect problems 0
detach timeout=30
END2
  done)
destroy
sh touch $D/done
END
until [ -e "$D/done" ] || ! alive "$guest_1"; do
  delay
  kill_daemon
  launch_daemon
done
wait_guest 1
kill_daemon
start_daemon
finish
