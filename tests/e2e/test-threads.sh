#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Each ring has a thread and a connection of its own, as far as the setting
# allows and as long as the disk is connected; one connection serves all where
# the server does not keep several consistent, where it takes no more, and
# where a write can be less than one of its blocks.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"

need_filter multi-conn limit blocksize-policy
echo 'max-queues = 6' >"$D/conf"
start_daemon --config "$D/conf"

# serves DOMID CONNECTIONS QUEUES: so many for so many rings; twice, as a guest
# that was rebooted does it
serves ()
{
  start_guest "$1" <<END
$disk
connect linux queues=$3
sh touch $D/connected
load rw=randrw depth=32 seconds=0.5 verify=1 flush=50 size=8388608 json=$D/load
write sector=0 count=64 pattern=3 queue=0
verify sector=0 count=64 pattern=3 queue=$(($3 - 1))
sh wait-flag seen
close
state 1
wait-state 2
connect linux queues=$3
sh touch $D/again
verify sector=0 count=64 pattern=3 queue=$(($3 - 1))
sh wait-flag seen-again
expect problems 0
close
sh touch $D/closed
sh wait-flag seen-closed
destroy
END
  wait_flag connected
  expect_nbdctl 0 "^connections: $2\$" show "$1/xvda"
  touch "$D/seen"
  wait_flag again
  expect_nbdctl 0 "^connections: $2\$" show "$1/xvda"
  touch "$D/seen-again"
  wait_flag closed
  expect_nbdctl 0 "^connections: 1\$" show "$1/xvda"
  touch "$D/seen-closed"
  wait_guest "$1"
  wait_no_worker
  kill_server s1
  rm "$D/connected" "$D/seen" "$D/again" "$D/seen-again" "$D/closed" \
    "$D/seen-closed"
}

start_nbdkit s1 memory 16M
serves 1 1 1
start_nbdkit s1 memory 16M
serves 2 2 2
start_nbdkit s1 memory 16M
serves 3 4 6
start_nbdkit s1 --filter=multi-conn memory 16M multi-conn-mode=disable
serves 4 1 3
start_nbdkit s1 --filter=limit memory 16M limit=2
serves 5 2 4
start_nbdkit s1 --filter=blocksize-policy memory 16M blocksize-minimum=4096 \
  blocksize-preferred=4096 blocksize-error-policy=error
serves 6 1 2
stop_daemon
echo 'connections = 2' >>"$D/conf"
start_daemon --config "$D/conf"
start_nbdkit s1 memory 16M
serves 7 2 3
finish
