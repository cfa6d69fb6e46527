# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# xl destroy in the midst of I/O: within libxl's limit, without an error, and nothing stays mapped.
# limit: 180

start_daemon
truncate -s 64M "$W/disk"
start_nbdkit s1 --filter=delay file "$W/disk" delay-write=50ms delay-read=20ms
make_guest g1 pv guest-fio "$(script_disk s1 xvda)"
for i in 1 2 3; do
  start_guest g1
  guest_run g1 'wait-disk xvda'
  guest_send g1 'fio --name=load --filename=/dev/xvda --rw=randrw --bs=16k --iodepth=32 --ioengine=libaio --direct=1 --time_based --runtime=100'
  sleep 4
  written=$(du -k "$W/disk" | cut -f 1)
  [ "$written" -gt 0 ] || fail "the guest has not written anything yet"
  began=$(now)
  must_quietly xl destroy g1
  [ $(($(now) - began)) -lt 10 ] || fail "xl destroy took $(($(now) - began)) s"
  wait_for 10 "the worker is left" no_worker
  wait_for 10 "the domain is left" guests_gone
done
