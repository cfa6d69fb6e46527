# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# What the cases are written with; sourced in dom0 by run-case and by each case (which runs under sh -e).
# $W is the case's own folder, /tmp/case. Servers listen on the sockets that `sock NAME' prints.

export CASE PATH=/usr/sbin:/usr/bin:/sbin:/bin
W=/tmp/case
store=/local/domain/0
guest_memory=192
guest_errors='I/O error|EXT4-fs error|blk_update_request|still pending|leaking g\.e|BUG:|Oops|disabled for further use|Call Trace'

now () { cut -d . -f 1 /proc/uptime; }
say () { echo "$(cut -d ' ' -f 1 /proc/uptime) $*"; }

fail ()
{
  say "FAIL: $*"
  echo "$*" >>"$W/reason"
  exit 1
}

skip ()
{
  echo "$*" >"$W/skip"
  exit 0
}

# busy: seconds that dom0 and the guests have run, or waited for the processor, since they began.
busy ()
{
  { sed -n 's/^cpu  */cpu /p' /proc/stat; xl list; } |
    awk '$1 == "cpu" { n += ($2 + $3 + $4 + $7 + $8 + $9) / 100 } $2 ~ /^[1-9]/ && $NF ~ /^[0-9.]+$/ { n += $NF } END { printf "%d\n", n }'
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds. Seconds in which dom0 or a guest was busy do not count: it
# is the emulated processor that is slow, or has other things to do. What is busy for ever is given ten times as long. If
# WHAT ends with "guest NAME", the guest's last words are said, too.
wait_for ()
{
  wf_seconds=$1
  wf_text="after $1 s: $2"
  wf_began=$(now) wf_busy=
  wf_end=$((wf_began + $1))
  shift 2
  while ! "$@" >/dev/null 2>&1; do
    if [ "$(now)" -ge $wf_end ]; then
      # What was busy is asked for only where time runs out: that costs a program.
      [ -n "$wf_busy" ] || wf_busy=$(busy) wf_asked=$(now) wf_end=$(($(now) + wf_seconds))
      wf_still=$(($(now) - wf_asked - ($(busy) - wf_busy)))
      [ $wf_still -lt $wf_seconds ] && [ "$(now)" -lt $((wf_began + 10 * wf_seconds + 60)) ] || break
      wf_end=$(($(now) + wf_seconds - wf_still))
    fi
    usleep 100000
  done
  [ "$(now)" -lt $wf_end ] || "$@" >/dev/null 2>&1 || {
    [ "$wf_text" = "${wf_text% guest *}" ] || wf_text="$wf_text (its last words: $(console_end "${wf_text##* guest }"))"
    fail "$wf_text"
  }
}

# must COMMAND...: a command of the toolstack; its output is logged and kept in $W/out, its failure is the case's.
must ()
{
  say "\$ $*"
  if "$@" >"$W/out" 2>&1; then
    cat "$W/out"
  else
    must_status=$?
    cat "$W/out"
    fail "$* ended with status $must_status: $(grep -v '^Parsing' "$W/out" | head -n 3 | tr '\n' ' ')"
  fi
}

# must_quietly COMMAND...: and libxl must not speak of an error either, whatever its status.
must_quietly ()
{
  must "$@"
  ! grep -iq error "$W/out" || fail "libxl spoke of an error: $(grep -i error "$W/out" | head -n 1)"
}

# must_not COMMAND...: the other way round.
must_not ()
{
  say "\$ $* (has to fail)"
  if "$@" >"$W/out" 2>&1; then
    cat "$W/out"
    fail "$* succeeded, although it must not"
  fi
  cat "$W/out"
}

expect_equal ()
{
  say "$1: $2"
  [ "$2" = "$3" ] || fail "$1 is '$2', not '$3'"
}

# expect_in FILE REGEX WHAT
expect_in ()
{
  grep -Eiq -- "$2" "$1" || fail "$3: nothing like '$2' in $(basename "$1"), which ends: $(tail -n 1 "$1")"
}

# --- the daemon --------------------------------------------------------------------------------------------------

daemon_log=$W/daemon.log

# start_daemon [ARGUMENT...]
start_daemon ()
{
  [ -x /usr/sbin/xen-nbdback ] || fail "there is no /usr/sbin/xen-nbdback in dom0"
  xen-nbdback --log-level debug "$@" >>"$daemon_log" 2>&1 &
  daemon=$!
  wait_for 10 "the daemon does not run: $(tail -n 1 "$daemon_log")" daemon_answers
}

# It is up when it answers on its control socket.
daemon_answers ()
{
  kill -0 $daemon && [ -n "$(find /run/xen-nbdback -type s 2>/dev/null)" ]
}

stop_daemon ()
{
  kill "${1:--TERM}" $daemon
  wait $daemon || true
}

workers () { pidof xen-nbdback-worker; }
no_worker () { ! workers; }

# wait_log SECONDS REGEX: until the daemon's log has it.
wait_log ()
{
  wait_for "$1" "nothing like '$2' in the daemon's log" grep -Eiq -- "$2" "$daemon_log"
}

# --- NBD servers -------------------------------------------------------------------------------------------------

sock () { echo "$W/$1.sock"; }
uri () { echo "nbd+unix:///?socket=$W/$1.sock"; }

# start_nbdkit NAME ARGUMENT...
start_nbdkit ()
{
  sn_name=$1
  shift
  rm -f "$W/$sn_name.sock"
  say "\$ nbdkit $*"
  nbdkit -f -v -U "$W/$sn_name.sock" -P "$W/$sn_name.pid" "$@" >>"$W/$sn_name.server.log" 2>&1 &
  echo $! >"$W/$sn_name.process"
  wait_for 10 "nbdkit does not listen: $(tail -n 1 "$W/$sn_name.server.log")" test -s "$W/$sn_name.pid"
  rm -f "$W/$sn_name.pid"
}

# start_qemu_nbd NAME ARGUMENT...
start_qemu_nbd ()
{
  sq_name=$1
  shift
  rm -f "$W/$sq_name.sock"
  say "\$ qemu-nbd $*"
  qemu-nbd --persistent --shared=8 --discard=unmap --socket="$W/$sq_name.sock" "$@" >>"$W/$sq_name.server.log" 2>&1 &
  echo $! >"$W/$sq_name.process"
  wait_for 10 "qemu-nbd does not listen" nbdinfo --list "$(uri "$sq_name")"
}

# kill_server NAME [SIGNAL]
kill_server ()
{
  say "kill ${2:--KILL} server $1"
  kill "${2:--KILL}" "$(cat "$W/$1.process")" 2>/dev/null || true
  wait "$(cat "$W/$1.process")" 2>/dev/null || true
}

# --- guests ------------------------------------------------------------------------------------------------------

# script_disk NAME VDEV [OPTION,...]: a disk on the script route from server NAME.
script_disk () { echo "format=raw,vdev=$2,access=rw,${3:+$3,}script=block-nbdback,target=nbd:unix:$W/$1.sock"; }
qdisk_disk () { echo "format=raw,vdev=$2,access=rw,${3:+$3,}backendtype=qdisk,target=nbd:unix:$W/$1.sock"; }

# make_guest NAME pv|pvh IMAGE [DISK...]: the configuration of a guest; IMAGE is guest or guest-fio.
make_guest ()
{
  mg_file=$W/$1.cfg
  cat >"$mg_file" <<END
name="$1"
type="$2"
kernel="/boot/vmlinux"
ramdisk="/boot/$3.img"
extra="console=hvc0 loglevel=5"
memory=$([ "$3" = guest ] && echo $guest_memory || echo 512)
on_reboot="${guest_reboot:-preserve}"
on_crash="preserve"
END
  # Emulated time stamps in a guest under emulated SVM end in a triple fault now and then.
  [ "$2" = pv ] || echo 'tsc_mode="native"' >>"$mg_file"
  shift 3
  make_disks "$@" >>"$mg_file"
}

# paused GUEST: created, its disks attached, but it does not run: enough for what happens before a guest is there.
paused () { must xl create -p "$W/$1.cfg"; }

make_disks ()
{
  printf 'disk=['
  for md_disk; do
    printf '"%s",' "$md_disk"
  done
  echo ']'
}

domid () { xl domid "$1" 2>/dev/null; }

# start_guest NAME [SECONDS]: xl create, and waits until the guest takes commands.
start_guest ()
{
  must xl create "$W/$1.cfg"
  wait_guest "$1" "${2:-180}"
}

wait_guest ()
{
  wait_for "${2:-180}" "nothing is heard from guest $1" guest_ready_or_dead "$1"
  guest_ready "$1" || fail "guest $1 has crashed: $(console_end "$1")"
  say "guest $1 is up"
}

# One that reboots on purpose is shut down for a moment.
guest_ready_or_dead ()
{
  guest_ready "$1" || xl list "$1" | awk 'NR == 2 { print $5 }' | grep -q "$([ -n "$guest_reboot" ] && echo c || echo '[cs]')"
}

guest_ready () { xenstore-read "$(guest_store "$1")/data/ready" 2>/dev/null | grep -q .; }
console_end () { tail -n 1 "/tmp/guest-$1.log" 2>/dev/null | tr -d '\r'; }
guest_store () { echo "/local/domain/$(domid "$1")"; }

# guest_send NAME COMMANDS: runs them in the guest and does not wait; one at a time.
guest_send ()
{
  gs_path=$(guest_store "$1")/data
  gs_seq=$(($(xenstore-read "$gs_path/cmd-seq" 2>/dev/null || echo 0) + 1))
  say "guest $1 <- $2"
  xenstore-write -R "$gs_path/cmd" "$2"
  xenstore-write "$gs_path/cmd-seq" $gs_seq
}

# guest_wait NAME [SECONDS]: until the guest has done its commands; prints the end of their output (1900 bytes),
# which is also in $W/guest-out; returns their status.
guest_wait ()
{
  gw_path=$(guest_store "$1")/data
  gw_seq=$(xenstore-read "$gw_path/cmd-seq")
  wait_for "${2:-60}" "no end of the commands in guest $1" guest_done "$gw_path" "$gw_seq"
  xenstore-read -R "$gw_path/out" >"$W/guest-out"
  cat "$W/guest-out"
  return "$(xenstore-read "$gw_path/done" | cut -d ' ' -f 2)"
}

guest_done () { xenstore-read "$1/done" | grep -q "^$2 "; }

# guest_run NAME COMMANDS [SECONDS]: they have to succeed (sh -e).
guest_run ()
{
  guest_send "$1" "set -e
$2"
  guest_wait "$1" "${3:-60}" || fail "guest $1: '$(echo "$2" | head -n 1)' failed: $(tail -n 1 "$W/guest-out")"
}

# guest_sum NAME COMMAND: the checksum that the command's output starts with.
guest_sum ()
{
  guest_run "$1" "$2" "${3:-60}" >&2
  cut -d ' ' -f 1 "$W/guest-out" | tail -n 1
}

# use_disk GUEST DEVICE FILE: the guest writes 1 MB at its start and reads it again; the server's file has to agree.
use_disk ()
{
  ud_guest=$(guest_sum "$1" "wait-disk $2
dd if=/dev/urandom of=/tmp/mb bs=64k count=16 2>/dev/null
dd if=/tmp/mb of=/dev/$2 bs=64k conv=fsync 2>/dev/null
echo 3 >/proc/sys/vm/drop_caches
dd if=/dev/$2 bs=64k count=16 2>/dev/null | sha256sum | tee /tmp/sum
echo \"$2 gave back what was written: \$(sha256sum </tmp/mb | cmp - /tmp/sum && echo yes)\"
cat /tmp/sum")
  grep -q 'written: yes' "$W/guest-out" || fail "guest $1 read from $2 something else than it wrote"
  ud_file=$(head -c 1048576 "$3" | sha256sum | cut -d ' ' -f 1)
  expect_equal "the first MB in the server's file, for $1's $2" "$ud_file" "$ud_guest"
}

# start_load GUEST [DEVICE]: what must not be disturbed: fio writes, reads again and compares, until expect_load_good
# stops it.
start_load ()
{
  xenstore-rm "$(guest_store "$1")/data/stop" 2>/dev/null || true
  guest_send "$1" "rounds=0
until xenstore-read data/stop >/dev/null 2>&1; do
  fio --name=load --filename=/dev/${2:-xvda} --rw=randwrite --bs=16k --size=16M --ioengine=libaio --iodepth=16 --direct=1 \\
    --fsync=64 --verify=crc32c --verify_backlog=64 --verify_fatal=1 --randseed=\$rounds >/tmp/fio 2>&1 ||
    { grep -E 'err=|verify|bad' /tmp/fio; exit 1; }
  rounds=\$((rounds + 1))
done
grep -E 'err=|io=' /tmp/fio
echo \"\$rounds times 16 MB written and verified by fio, without an error\""
}

# expect_load_good GUEST
expect_load_good ()
{
  ! guest_done "$(guest_store "$1")/data" "$(node "$(guest_store "$1")/data/cmd-seq")" || fail "the load has ended by itself"
  xenstore-write "$(guest_store "$1")/data/stop" 1
  guest_wait "$1" 90 || fail "fio in guest $1 failed: $(grep -E 'err=|verify' "$W/guest-out" | head -n 1)"
  expect_in "$W/guest-out" 'err= 0' "fio's result"
}

# kill_under_load: the case has a function `start' that starts server s1 with the file $W/disk.
kill_under_load ()
{
  start
  make_guest g1 pv guest-fio "$(script_disk s1 xvda)"
  start_guest g1
  guest_run g1 'wait-disk xvda'
  start_load g1
  sleep 2
  for i in $(seq 10); do
    say "kill $i of 10"
    kill_server s1
    usleep 500000
    start
    usleep 1500000
  done
  expect_load_good g1
  guest_run g1 'dmesg | grep -i error || echo "no error in the guest'"'"'s kernel log"'
  wait_node 5 "$(backend g1 vbd)/nbd-state" '^connected$'
}

file_sum () { sha256sum "$1" | cut -d ' ' -f 1; }

# come_back REGEX: the case has the functions `right' and `wrong' that start server s1; REGEX is what the reason says.
come_back ()
{
  right
  make_guest g1 pv guest "$(script_disk s1 xvda)"
  start_guest g1
  use_disk g1 xvda "$W/disk"
  kill_server s1
  guest_send g1 'dd if=/dev/urandom of=/tmp/late bs=64k count=16 2>/dev/null
dd if=/tmp/late of=/dev/xvda bs=64k oflag=direct conv=fsync 2>/dev/null || exit 1
sha256sum /tmp/late'
  wrong
  wait_node 15 "$(backend g1 vbd)/nbd-state" "^held: .*($1)"
  wait_node 5 "$(error_node g1 vbd)" "$1"
  wait_log 5 "$1"
  sleep 2
  ! guest_done "$(guest_store g1)/data" "$(node "$(guest_store g1)/data/cmd-seq")" || fail "the guest's write did not wait"
  kill_server s1
  right
  guest_wait g1 30 || fail "the guest's write failed"
  expect_equal "what the guest wrote, in the server's file" "$(head -c 1048576 "$W/disk" | sha256sum | cut -d ' ' -f 1)" \
    "$(cut -d ' ' -f 1 "$W/guest-out")"
  wait_node 5 "$(backend g1 vbd)/nbd-state" '^connected$'
  wait_for 5 "the error node is still there" no_node "$(error_node g1 vbd)"
}

# other_disk FILE: a script block-other that gives a disk to xen-blkback, from loop0 on the file. (Debian's own script
# wants more than busybox has.)
other_disk ()
{
  modprobe loop
  losetup /dev/loop0 "$1"
  cat >/etc/xen/scripts/block-other <<'END'
#!/bin/sh
[ "$1" = add ] || exit 0
xenstore-write "$XENBUS_PATH/physical-device" 7:0 "$XENBUS_PATH/hotplug-status" connected
END
  chmod 755 /etc/xen/scripts/block-other
}

# boot_disk FILE: a disk image with an ext4 file system from which GRUB loads the guests' kernel.
boot_disk ()
{
  mkdir -p "$W/root/boot/grub"
  cp /boot/vmlinuz "$W/root/boot/"
  # GRUB reads 4 KiB at a time: the less the better.
  gzip -c /boot/guest.img >"$W/root/boot/guest.img"
  cat >"$W/root/boot/grub/grub.cfg" <<'END'
echo "GRUB read this from the disk"
linux /boot/vmlinuz console=hvc0 loglevel=5
initrd /boot/guest.img
boot
END
  truncate -s 128M "$1"
  # Features that GRUB does not know.
  must mkfs.ext4 -q -O ^metadata_csum_seed,^orphan_file -d "$W/root" "$1"
}

# by_grub GUEST BINARY: the guest's kernel is GRUB.
by_grub () { sed -i "s,^kernel=.*,kernel=\"$2\",; /^ramdisk=/d; /^extra=/d" "$W/$1.cfg"; }

# use_file_system GUEST: Linux, loaded from xvda, finds there what it was loaded from.
use_file_system ()
{
  ufs_sum=$(guest_sum "$1" 'wait-disk xvda
mount -t ext4 /dev/xvda /mnt
echo "booted by GRUB, wrote this" >/mnt/note
umount /mnt
e2fsck -fn /dev/xvda >/tmp/fsck 2>&1
mount -t ext4 -o ro /dev/xvda /mnt
sha256sum /mnt/boot/vmlinuz')
  expect_equal "the kernel on the disk, read by the guest that booted from it" "$ufs_sum" "$(file_sum /boot/vmlinuz)"
}

# --- nodes -------------------------------------------------------------------------------------------------------

# backend GUEST KIND [DEVID]: 51712 is xvda, 51728 xvdb.
backend () { echo "$store/backend/$2/$(domid "$1")/${3:-51712}"; }
error_node () { echo "$store/error/backend/$2/$(domid "$1")/${3:-51712}/error"; }
node () { xenstore-read "$1" 2>/dev/null; }

# wait_node SECONDS PATH REGEX
wait_node ()
{
  wait_for "$1" "$2 is not like '$3' but '$(node "$2")'" node_is "$2" "$3"
  say "$2 = $(node "$2")"
}

no_node () { [ -z "$(node "$1")" ]; }
node_is () { node "$1" | grep -Eiq -- "$2"; }

# mapped_grants GUEST: how many of its grants are mapped by others; 0 and 1 are its console and its xenstore page.
mapped_grants () { mapped_of "d$(domid "$1")"; }

mapped_of ()
{
  xl dmesg -c >>"/log/$CASE/xen-dmesg"
  xl debug-keys g
  xl dmesg | awk -v "dom=$1" '/grant-table for remote/ { here = dom == "any" || $5 == dom }
    here && $2 ~ /^\[0x/ && (dom == "any" || $2 !~ /^\[0x00[01]\]/) { n++ }
    END { print n + 0 }'
}

# --- after a case ------------------------------------------------------------------------------------------------

# All that helps to understand a failure.
snapshot ()
{
  s=/log/$CASE
  xenstore-ls -f >"$s/xenstore" 2>&1
  { xl list; xl vcpu-list; } >"$s/xl-list" 2>&1
  xl debug-keys eqr
  xl dmesg >"$s/xen-state"
  ps >"$s/ps"
  dmesg >"$s/dom0-dmesg"
  for w in $(workers); do
    grep -h . "/proc/$w/smaps_rollup" "/proc/$w/wchan" "/proc/$w/status" >"$s/worker-$w"
  done 2>/dev/null
}

# Why, if a PVH guest's kernel died as only the emulated processor lets it die: QEMU's SVM delivers an interrupt twice
# now and then, the second time with interrupts off, on the first instruction of the handler.
killed_by_emulation ()
{
  grep -q '^type="pvh"' "$W"/*.cfg || return 0
  cat "/log/$CASE"/guest-*.log "/log/$CASE/xen-dmesg" | tr -d '\r' |
    grep -E 'ENTRY_TRAMPOLINE stack guard page|PANIC: double fault|Triple fault' | head -n 1
}

guests_gone () { ! xl list | grep -vq -e '^Name' -e '^Domain-0'; }

# left WHAT TEXT: something that should not be there, if TEXT is not empty.
left ()
{
  [ -z "$2" ] || { say "left behind: $1: $2"; echo "left behind: $1: $(echo "$2" | head -n 1)" >>"$W/reason"; }
}

cleanup ()
{
  for g in $(xl list | awk 'NR > 1 && $1 != "Domain-0" {print $2}'); do
    say "\$ xl destroy $g"
    xl destroy "$g" || left "xl destroy says" "an error"
  done
  (wait_for 15 "a domain is not really gone, so some of its memory is still mapped" guests_gone)
  if [ ! -e "$W/no-daemon" ]; then
    (wait_for 10 "a worker is left" no_worker)
  fi
  left "backend nodes" "$(xenstore-ls -f $store/backend 2>/dev/null | grep '/state = ')"
  left "error nodes" "$(xenstore-ls -f $store/error 2>/dev/null | grep '/error = ')"
  left "mapped grants" "$(mapped_of any | grep -v '^0$')"
  xl dmesg >>"/log/$CASE/xen-dmesg"
  if [ ! -e "$W/guest-errors-expected" ]; then
    left "errors that a guest saw" "$(cat /tmp/guest-*.log 2>/dev/null | grep -E "$guest_errors")"
  fi
  dmesg >"/log/$CASE/dom0-dmesg"
  cp "$W"/*.log "$W"/*.cfg /tmp/guest-*.log /var/log/xen/*.log "/log/$CASE/" 2>/dev/null
  killall -q -KILL xen-nbdback xen-nbdback-worker nbdkit qemu-nbd qemu-system-i386 xen-qemu-system-i386
  rm -rf /run/xen-nbdback /tmp/guest-*.log /var/log/xen/*.log /etc/xen-nbdback.conf
  xenstore-rm $store/error 2>/dev/null
}
