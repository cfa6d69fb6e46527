# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The daemon is killed with SIGKILL under load and started again: the worker lives on, and the guest sees no error.
# limit: 150
# takes: 50

start_daemon
truncate -s 64M "$W/disk"
start_nbdkit s1 file "$W/disk"
make_guest g1 pv guest-fio "$(script_disk s1 xvda)"
start_guest g1
guest_run g1 'wait-disk xvda'
before=$(workers)
start_load g1
sleep 4
stop_daemon -KILL
sleep 3
expect_equal "the worker without its daemon" "$(workers)" "$before"
start_daemon
sleep 2
stop_daemon -KILL
start_daemon
expect_load_good g1
expect_equal "the worker" "$(workers)" "$before"
expect_equal "the backend's state" "$(node "$(backend g1 vbd)/state")" 4
must_quietly xl block-detach g1 51712
wait_for 10 "the worker is left" no_worker
must xl block-attach g1 "$(script_disk s1 xvda)"
guest_run g1 'wait-disk xvda; head -c 4096 /dev/xvda | sha256sum'
