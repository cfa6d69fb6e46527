# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Persistent grants, where the settings allow them: Linux uses them, its data is right, and nothing is mapped when the
# disk is gone.
# limit: 150

echo 'persistent-grants = on' >/etc/xen-nbdback.conf
start_daemon
truncate -s 64M "$W/disk"
start_nbdkit s1 file "$W/disk"
make_guest g1 pv guest-fio "$(script_disk s1 xvda)"
start_guest g1
guest_run g1 'wait-disk xvda
dmesg | grep "blkfront:.*persistent grants: enabled"'
use_disk g1 xvda "$W/disk"
start_load g1
sleep 10
expect_load_good g1
guest_run g1 'sync'
must xl destroy g1
wait_for 10 "a worker is left" no_worker
