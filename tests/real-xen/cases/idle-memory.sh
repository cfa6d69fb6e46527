# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A disk that is connected and idle: its worker has at most 3 MB of private memory and uses no processor time.
# takes: 50
# when: all       it waits more than it does; idle shows it on the fake host

private_kib () { awk '/^Private_/ { n += $2 } END { print n }' "/proc/$1/smaps_rollup"; }
ticks () { awk '{ print $14 + $15 }' "/proc/$1/stat"; }

start_daemon
truncate -s 64M "$W/disk"
start_nbdkit s1 file "$W/disk"
make_guest g1 pv guest "$(script_disk s1 xvda)"
start_guest g1
guest_run g1 'wait-disk xvda; head -c 8388608 /dev/xvda | sha256sum'
# Buffers go back after a second without I/O, mapped pages after 3 to 4.
sleep 6
worker=$(workers)
worker_before=$(ticks "$worker")
daemon_before=$(ticks $daemon)
sleep 10
kib=$(private_kib "$worker")
say "the worker's private memory: $kib KiB; the daemon's: $(private_kib $daemon) KiB"
[ "$kib" -le 3072 ] || fail "an idle disk costs $kib KiB of private memory"
worker_ticks=$(($(ticks "$worker") - worker_before))
daemon_ticks=$(($(ticks $daemon) - daemon_before))
say "processor time in 10 s, in ticks of 10 ms: worker $worker_ticks, daemon $daemon_ticks"
# A tick that happens to meet a look at the clock is 0.1 %.
[ "$worker_ticks" -le 1 ] || fail "an idle worker used $worker_ticks ticks in 10 s"
[ "$daemon_ticks" -le 1 ] || fail "an idle daemon used $daemon_ticks ticks in 10 s"
