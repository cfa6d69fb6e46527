# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Linux uses persistent grants unless the settings say no: its data is right either way, only the rings stay mapped when
# the disks are idle, and nothing when they are gone.
# limit: 180
# takes: 85
# when: all       persistent and persistent-idle show it on the fake host

cat >/etc/xen-nbdback.conf <<END
[disk vbd/*/51728]
persistent-grants = off
END
start_daemon
for s in s1 s2; do
  truncate -s 64M "$W/$s.disk"
  start_nbdkit $s file "$W/$s.disk"
done
make_guest g1 pv guest-fio "$(script_disk s1 xvda)" "$(script_disk s2 xvdb)"
start_guest g1
guest_run g1 'wait-disk xvda
wait-disk xvdb
dmesg | grep "blkfront: xvda.*persistent grants: enabled"
dmesg | grep "blkfront: xvdb.*persistent grants: disabled"'
use_disk g1 xvda "$W/s1.disk"
use_disk g1 xvdb "$W/s2.disk"
for d in xvda xvdb; do
  start_load g1 $d
  sleep 10
  expect_load_good g1
done
guest_run g1 'sync'
only_rings () { [ "$(mapped_grants g1)" = 2 ]; }
wait_for 15 "more than the rings is mapped of guest g1" only_rings
must xl destroy g1
wait_for 10 "a worker is left" no_worker
