# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A guest is migrated while it runs, from this host to this host, under a load that verifies what it wrote. For a moment
# two domains have the export open. The guest sees no error, and the server's bytes are the guest's. It is a PVH guest:
# Debian's Xen cannot note which pages a PV guest writes to ("Failed to enable logdirty").
# boot: pvh
# limit: 200
# takes: 130
# when: all       save-restore shows the same of one host, and this takes two guests

one_worker () { [ "$(workers | wc -w)" = 1 ]; }

start_daemon
truncate -s 16M "$W/disk"
start_nbdkit s1 file "$W/disk"
make_guest g1 pvh guest-fio "$(script_disk s1 xvda)"
# The less memory, the sooner it is copied; a guest with fio needs this much.
sed -i 's/^memory=.*/memory=384/' "$W/g1.cfg"
start_guest g1
guest_run g1 'wait-disk xvda'
start_load g1
sleep 2
seq=$(node "$(guest_store g1)/data/cmd-seq")
before=$(domid g1)
# Without a command in the place of ssh, xl takes the host's name for the command.
must xl migrate -s '' g1 'xl migrate-receive'
say "domain $before is now domain $(domid g1)"
[ "$(domid g1)" != "$before" ] || fail "the guest is still the same domain"
# The new domain's data/ has nothing; the guest knows what it was doing.
xenstore-write "$(guest_store g1)/data/cmd-seq" "$seq"
wait_node 20 "$(backend g1 vbd)/state" '^4$'
wait_for 10 "the old domain's worker is left" one_worker
sleep 2
expect_load_good g1
in_guest=$(guest_sum g1 'echo 3 >/proc/sys/vm/drop_caches
sha256sum /dev/xvda')
expect_equal "how often the export was opened before the first domain's disk went" \
  "$(sed "/$before.51712: .*: disconnect/q" "$daemon_log" | grep -c 'the export is open')" 2
expect_equal "what the guest reads, in the server's file" "$(file_sum "$W/disk")" "$in_guest"
