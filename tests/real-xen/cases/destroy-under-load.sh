# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# xl destroy in the midst of I/O: within libxl's limit, without an error, and nothing stays mapped.
# limit: 180
# takes: 70
# when: all       block-attach-detach destroys guests, lie-close and cycles under load

start_daemon
truncate -s 64M "$W/disk"
start_nbdkit s1 --filter=delay file "$W/disk" delay-write=50ms delay-read=20ms
make_guest g1 pv guest-fio "$(script_disk s1 xvda)"
written () { [ "$(du -k "$W/disk" | cut -f 1)" -gt 1000 ]; }
for i in 1 2 3; do
  truncate -s 0 "$W/disk"
  truncate -s 64M "$W/disk"
  start_guest g1
  guest_run g1 'wait-disk xvda'
  guest_send g1 'fio --name=load --filename=/dev/xvda --rw=randrw --bs=16k --iodepth=32 --ioengine=libaio --direct=1 --time_based --runtime=100'
  wait_for 40 "the guest does not write" written
  began=$(now)
  must_quietly xl destroy g1
  [ $(($(now) - began)) -lt 10 ] || fail "xl destroy took $(($(now) - began)) s"
  wait_for 10 "the worker is left" no_worker
  wait_for 10 "the domain is left" guests_gone
done
