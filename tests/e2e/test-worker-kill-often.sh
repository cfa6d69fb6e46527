#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Workers and daemon are killed at random moments while a frontend connects
# and closes: in the end the disk works, and nothing is left.

. "$SRCDIR/tests/e2e/lib.sh"
restarts_daemon

start_nbdkit s1 memory 16M
start_daemon
seed=${SEED:-$$}
say "SEED=$seed"
start_guest 1 <<END
$disk
$(i=0
  while [ $i -lt 4 ]; do
    i=$((i + 1))
    echo "echo round $i"
    echo "connect linux timeout=20"
    echo "sh touch $D/connected$i"
    echo "sh wait-flag killed$i"
    echo "wait-state 5 timeout=20"
    echo "abandon"
    echo "reset-problems"
    echo "state 6"
    echo "wait-state 6 timeout=20"
    echo "state 1"
    echo "wait-state 2 timeout=20"
  done)
connect linux timeout=20
write sector=0 count=88 pattern=7
verify sector=0 count=88 pattern=7
expect problems 0
close
destroy
END
i=0
while [ $i -lt 4 ]; do
  i=$((i + 1))
  wait_flag connected$i
  seed=$(((seed * 1103515245 + 12345) % 2147483648))
  kill -KILL "$(worker vbd/1/51712)"
  if [ $((seed / 65536 % 2)) = 1 ]; then
    kill_daemon
    start_daemon
  fi
  touch "$D/killed$i"
done
wait_guest 1
finish
