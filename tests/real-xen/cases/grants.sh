# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Grant copy beside persistent grants: a guest has a disk of each, and uses one after the other, round by round. What is
# compared are medians, of KiB in a second and of the worker's processor time for each of fio's requests.
# when: named
# limit: 900

rounds=11
disk='memory size=64M'
cat >/etc/xen-nbdback.conf <<END
[disk vbd/*/51712]
persistent-grants = off
END
start_daemon
start_nbdkit s1 $disk
start_nbdkit s2 $disk
make_guest g1 pv guest-fio "$(script_disk s1 xvda)" "$(script_disk s2 xvdb)"
start_guest g1
guest_run g1 'wait-disk xvda
wait-disk xvdb
dmesg | grep "blkfront: xvda.*persistent grants: disabled"
dmesg | grep "blkfront: xvdb.*persistent grants: enabled"
for d in xvda xvdb; do dd if=/dev/urandom of=/dev/$d bs=1M count=64 oflag=direct; done' 300

# ticks VDEV-NUMBER: hundredths of a second that its worker has run.
ticks ()
{
  for t in $(workers); do
    tr '\0' ' ' <"/proc/$t/cmdline" | grep -q "vbd/$(domid g1)/$1 " || continue
    cut -d ')' -f 2 "/proc/$t/stat" | awk '{ print $12 + $13 }'
  done
}

# sample DEVICE VDEV-NUMBER RW KIB: one line in $W/samples-RW-KIB-DEVICE: KiB in a second, microseconds for a request.
sample ()
{
  sample_before=$(ticks "$2")
  guest_run g1 "fio --name=grants --filename=/dev/$1 --ioengine=libaio --iodepth=16 --direct=1 --time_based --runtime=5 \\
    --rw=$3 --bs=$4k --output-format=terse --terse-version=3 | tail -n 1 >/tmp/fio
awk -F ';' '{ print \$6 + \$47, \$7 + \$48 }' /tmp/fio"
  tail -n 1 "$W/guest-out" |
    awk -v ticks=$(($(ticks "$2") - sample_before)) -v size="$4" '{ print $2, ticks * 10000 / ($1 / size) }' \
      >>"$W/samples-$3-$4-$1"
}

# median FILE COLUMN
median () { cut -d ' ' -f "$2" "$1" | sort -n | sed -n $(((rounds + 1) / 2))p; }

workloads='randread-4 randwrite-4 read-64 write-64'
for round in $(seq $rounds); do
  for w in $workloads; do
    sample xvda 51712 "${w%-*}" "${w#*-}"
    sample xvdb 51728 "${w%-*}" "${w#*-}"
  done
done
{
  echo '| KiB | KiB/s copied | KiB/s kept | ratio | worker us copied | worker us kept | ratio |'
  for w in $workloads; do
    echo "$w $(median "$W/samples-$w-xvda" 1) $(median "$W/samples-$w-xvdb" 1)" \
      "$(median "$W/samples-$w-xvda" 2) $(median "$W/samples-$w-xvdb" 2)" |
      awk '{ printf "| %s | %d | %d | %.2f | %d | %d | %.2f |\n", $1, $2, $3, $3 / $2, $4, $5, $5 / $4 }'
  done
} >"/log/$CASE/table"
cat "/log/$CASE/table"
must xl destroy g1
