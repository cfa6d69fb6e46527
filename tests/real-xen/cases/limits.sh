# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Limits hold within a tenth for a Linux guest, and are changed while it runs.
# limit: 150
# takes: 90
# when: all       limits are shown on the fake host, by count

start_daemon
truncate -s 64M "$W/disk"
start_nbdkit s1 file "$W/disk"
make_guest g1 pv guest-fio "$(script_disk s1 xvda)"
start_guest g1
guest_run g1 'wait-disk xvda'

# near WHAT OPTION WANTED FIO-ARGUMENT...: sets the limit and counts what fio did in a second.
near ()
{
  near_what=$1 near_option=$2 near_wanted=$3
  shift 3
  must xen-nbdctl limit "$(domid g1)/xvda" "$near_option"
  near_began=$(now) near_busy=$(busy)
  guest_run g1 "fio --name=limit --filename=/dev/xvda --ioengine=libaio --iodepth=16 --direct=1 --time_based --runtime=10 \\
    --ramp_time=2 --output-format=terse --terse-version=3 $* | tail -n 1 >/tmp/fio
awk -F ';' '{ print \"fio: \" \$7 + \$48 \" KiB/s, \" \$8 + \$49 \" requests a second\"; print int(\$7 + \$48), int(\$8 + \$49) }' /tmp/fio" 60
  near_got=$(tail -n 1 "$W/guest-out" | cut -d ' ' -f "$([ "$near_what" = bytes ] && echo 1 || echo 2)")
  # A limit is never exceeded; an emulated processor that has no time gives what it can.
  near_least=$((near_wanted * 9 / 10))
  [ $((2 * ($(busy) - near_busy))) -le $(($(now) - near_began)) ] || near_least=$((near_wanted / 2))
  [ "$near_got" -ge $near_least ] && [ "$near_got" -le $((near_wanted * 11 / 10)) ] ||
    fail "limited to $near_wanted ($near_what), the guest did $near_got"
}

near requests limit-ops=100 100 --rw=randrw --bs=4k
near requests limit-ops=50 50 --rw=randread --bs=4k
must xen-nbdctl limit "$(domid g1)/xvda" limit-ops=off
near bytes limit-write-bytes=1048576 1024 --rw=write --bs=16k
must xen-nbdctl stats "$(domid g1)/xvda"
