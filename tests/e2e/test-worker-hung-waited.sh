#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A worker that a guest has its disk from hangs for longer than the daemon
# waits for workers, while it is asked for things: it is waited for, by the
# daemon that started it and by the next one, and the guest sees latency only.
# When the disk is removed while it is waited for, it is killed.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"
restarts_daemon

start_nbdkit s1 memory 16M
start_daemon
start_guest 1 <<END
$disk
connect linux
write sector=0 count=88 pattern=7
sh touch $D/connected
sh wait-flag stopped
write sector=88 count=8 pattern=8 async=1
sh touch $D/sent
drain timeout=40
verify sector=0 count=88 pattern=7
verify sector=88 count=8 pattern=8
sh touch $D/answered
sh wait-flag again
write sector=96 count=8 pattern=9 async=1
sh touch $D/sent-again
drain timeout=40
verify sector=96 count=8 pattern=9
expect problems 0
close
destroy
END

noticed ()
{
  [ "$(grep -c 'it is waited for' "$log")" = "$1" ]
}

wait_flag connected
worker=$(worker vbd/1/51712)
kill -STOP "$worker"
touch "$D/stopped"
wait_flag sent
# More than a socket holds.
i=0
while [ $i -lt 400 ]; do
  i=$((i + 1))
  expect_nbdctl 0 info log-level info
done
expect_nbdctl 1 'cannot be asked' stats vbd/1/51712
wait_log 15 'it is waited for'
wait_node 5 "$(backend 1)/nbd-state" '^unknown: the worker does not answer$'
alive "$worker" || fail "the worker was killed"
kill -CONT "$worker"
wait_flag answered
wait_log 5 'answers again'
wait_node 5 "$(backend 1)/nbd-state" '^connected$'
expect_nbdctl 0 '"device": "vbd/1/51712"' --json stats vbd/1/51712

kill_daemon
kill -STOP "$worker"
start_daemon
touch "$D/again"
wait_flag sent-again
wait_for 15 "nobody noticed" noticed 2
kill -CONT "$worker"
wait_guest 1
expect_equal "the worker" "$(grep -c 'found its worker' "$log")" 1
! logged 'killing it' || fail "a worker was killed"

start_guest 2 <<END
$disk
connect linux
write sector=0 count=88 pattern=7
sh touch $D/connected-too
sh wait-flag stuck
destroy
END
wait_flag connected-too
kill -STOP "$(worker vbd/2/51712)"
expect_nbdctl 0 info log-level info
wait_for 15 "nobody noticed" noticed 3
touch "$D/stuck"
wait_guest 2
wait_log 1 'killing it'
finish
