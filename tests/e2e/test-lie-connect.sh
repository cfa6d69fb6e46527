#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A frontend that connects with a shared page whose indices claim more than
# the ring holds: refused, with an error that names the device; a proper
# frontend can connect afterwards.  Another disk does not notice.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_nbdkit s2 memory 16M
start_daemon
start_guest 99 <<END
$create params=nbd:unix:$D/s2
connect linux
sh touch $D/connected
load rw=randrw verify=1 until=$D/lied size=4194304 json=$D/load
expect problems 0
close
destroy
END
wait_flag connected
refused=0
for lie in 'req-prod=33' 'req-prod=4294967295' 'rsp-prod=1' \
  'req-prod=2147483648 fill=255' 'req-prod=27 rsp-prod=4294967290 fill=255' \
  'req-prod=65 protocol=x86_32-abi'; do
  refused=$((refused + 1))
  guest 1 <<END
$disk
! connect linux $lie
reset-problems
wait-state 5
sh xenstore-read $(error_node 1) | grep -q 'claims more requests'
abandon
expect problems 0
state 6
wait-state 6
state 1
wait-state 2
connect linux
write sector=0 count=88 pattern=$refused
verify sector=0 count=88 pattern=$refused
expect problems 0
close
destroy
END
  wait_for 12 "the worker is left" ended "$(worker vbd/1/51712)"
  expect_equal "what the log says of vbd/1/51712" \
    "$(grep -c 'vbd/1/51712: .*claims more requests' "$log")" $refused
done
touch "$D/lied"
wait_guest 99
finish
