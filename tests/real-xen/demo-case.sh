# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# What `demo' runs in dom0. Lines for the terminal go to /log/results as "SAY ...".

tell () { sed 's/^/SAY /' >>/log/results; }

words ()
{
  echo | tell
  echo "In the guest:" | tell
  guest_send demo "$1"
  guest_wait demo 60 >/dev/null || fail "the guest's commands failed: $(tail -n 1 "$W/guest-out")"
  { cat "$W/guest-out"; echo; } | grep . | sed 's/^/  /' | tell
}

xen=$(xl info | awk '$1 == "xen_version" { print $3 }')
echo "Xen $xen runs with dom0, Linux $(uname -r); now nbdkit, xen-nbdback and a guest with the disk" | tell
start_daemon
truncate -s 256M "$W/disk"
start_nbdkit server file "$W/disk"
make_guest demo pv guest "$(script_disk server xvda)"
sed -n 's/^disk=/  disk = /p' "$W/demo.cfg" | tell
start_guest demo

words 'set -e
wait-disk xvda
echo "# uname -r"
uname -r
echo "# mkfs.ext4 /dev/xvda"
mkfs.ext4 -q /dev/xvda
echo "# mount /dev/xvda /mnt"
mount -t ext4 /dev/xvda /mnt
df -h /mnt
echo "# dd if=/dev/urandom of=/mnt/file bs=1M count=32"
dd if=/dev/urandom of=/mnt/file bs=1M count=32 2>&1 | tail -n 1
echo "# umount /mnt; mount /dev/xvda /mnt; sha256sum /mnt/file"
umount /mnt
mount -t ext4 /dev/xvda /mnt
sha256sum /mnt/file
umount /mnt'
in_guest=$(tail -n 1 "$W/guest-out" | cut -d ' ' -f 1)
state=$(node "$(backend demo vbd)/state")
must xl destroy demo

# The server's side: what any NBD client gets from it.
must nbdcopy "$(uri server)" "$W/copy"
modprobe -a loop ext4 crc32c_generic
mkdir -p "$W/mnt"
must mount -t ext4 -o ro,loop "$W/copy" "$W/mnt"
on_server=$(file_sum "$W/mnt/file")
umount "$W/mnt"
{
  echo
  echo "At the server, where nbdcopy read the export: sha256sum file"
  echo "  $on_server"
  echo
  echo "What ran: Xen $xen, a dom0 and a PV guest with Linux $(uname -r), in QEMU on the software emulation of a processor."
  echo "The guest's /dev/xvda was an NBD export of $(nbdkit --version | head -n 1), served by xen-nbdback (state $state), attached by xl."
} | tell
[ "$in_guest" = "$on_server" ] || fail "the guest's checksum is $in_guest, the server's $on_server: NOT equal"
echo "The guest's checksum and the server's are equal: ${in_guest}." | tell
