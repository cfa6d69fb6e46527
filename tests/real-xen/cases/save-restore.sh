# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A PV guest is saved and restored under a load that verifies what it wrote: its requests at the time of saving are
# done or issued again, none is lost, and the guest sees no error.
# limit: 200
# takes: 100

start_daemon
truncate -s 64M "$W/disk"
start_nbdkit s1 file "$W/disk"
make_guest g1 pv guest-fio "$(script_disk s1 xvda)"
start_guest g1
guest_run g1 'wait-disk xvda'
start_load g1
for round in 1 2; do
  sleep 3
  seq=$(node "$(guest_store g1)/data/cmd-seq")
  before=$(domid g1)
  must xl save g1 "$W/saved"
  wait_for 10 "a worker is left after xl save" no_worker
  must xl restore "$W/saved"
  rm "$W/saved"
  say "domain $before is now domain $(domid g1)"
  # The new domain's data/ has nothing; the guest knows what it was doing.
  xenstore-write "$(guest_store g1)/data/cmd-seq" "$seq"
  wait_node 20 "$(backend g1 vbd)/state" '^4$'
done
sleep 3
expect_load_good g1
guest_run g1 'dmesg | grep -i error || echo "no error in the guest'"'"'s kernel log"'
