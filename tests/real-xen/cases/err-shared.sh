# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The same export read-write for two VMs: refused with both devices named; the configuration can allow it; the same VM
# (the same uuid, as in save, restore, migration and reboot) is let through.
# limit: 150
# when: all       error-shared shows it on the fake host

start_daemon
truncate -s 8M "$W/disk"
start_nbdkit s1 file "$W/disk"
for g in g1 g2 g3; do
  make_guest $g pv guest "$(script_disk s1 xvda)"
done
echo 'uuid="11111111-2222-3333-4444-555555555555"' | tee -a "$W/g1.cfg" >>"$W/g3.cfg"
paused g1
first=$(domid g1)
must_not xl create -p "$W/g2.cfg"
expect_in "$W/out" "vbd.$first.51712" "what xl create says of the first device"
expect_in "$W/out" "vbd.$((first + 1)).51712" "what xl create says of the second device"
paused g3
must_quietly xl destroy g3

printf '[export nbd:unix:%s]\nshared = yes\n' "$(sock s1)" >/etc/xen-nbdback.conf
stop_daemon
start_daemon
paused g2
must_quietly xl destroy g2

# Without the first VM there is nothing to refuse.
rm /etc/xen-nbdback.conf
stop_daemon
start_daemon
must_not xl create -p "$W/g2.cfg"
must_quietly xl destroy g1
paused g2
