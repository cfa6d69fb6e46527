# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A Linux guest with two processors uses what is offered: two queues, rings of 16 pages, requests of 256 segments,
# flush and discard. With rings of that size it is given no persistent grants: it would set 1 GB aside for them.
# limit: 150
# takes: 120

echo "max-queues = 2" >/etc/xen-nbdback.conf
start_daemon
truncate -s 64M "$W/disk"
start_nbdkit s1 file "$W/disk"
make_guest g1 pv guest-fio "$(script_disk s1 xvda)"
echo 'vcpus=2' >>"$W/g1.cfg"
sed -i 's/^extra="/&xen_blkfront.max_indirect_segments=256 xen_blkfront.max_ring_page_order=4 xen_blkfront.max_queues=2 /' "$W/g1.cfg"
start_guest g1
guest_run g1 'wait-disk xvda
dmesg | grep blkfront
cd /sys/block/xvda
for f in queue/max_segments queue/write_cache queue/discard_max_bytes queue/discard_granularity \
  queue/logical_block_size queue/physical_block_size size; do
  echo "$f $(cat $f)"
done
echo "queues $(ls mq | wc -l)"'
expect_in "$W/guest-out" 'flush diskcache: enabled' "what the guest's kernel says"
expect_in "$W/guest-out" 'indirect descriptors: enabled' "what the guest's kernel says"
expect_in "$W/guest-out" 'persistent grants: disabled' "what the guest's kernel says"
expect_in "$W/guest-out" '^queue/max_segments 256$' "the guest's segments"
expect_in "$W/guest-out" '^queue/write_cache write back$' "the guest's cache"
expect_in "$W/guest-out" '^queue/discard_max_bytes [1-9]' "the guest's discard"
expect_in "$W/guest-out" '^size 131072$' "the guest's sectors"
expect_in "$W/guest-out" '^queues 2$' "the guest's queues"
frontend=$(guest_store g1)/device/vbd/51712
expect_equal "the frontend's ring-page-order" "$(node "$frontend/ring-page-order")" 4
expect_equal "the frontend's queues" "$(node "$frontend/multi-queue-num-queues")" 2
must xen-nbdctl show "$(domid g1)/xvda"
expect_in "$W/out" '^connections: 2$' "the connections to the server"
guest_run g1 'fio --name=load --filename=/dev/xvda --rw=randrw --bsrange=512-1M --size=32M --ioengine=libaio \
  --iodepth=32 --direct=1 --numjobs=2 --offset_increment=32M --verify=crc32c --verify_fatal=1 >/tmp/fio 2>&1 || { cat /tmp/fio; exit 1; }
grep err= /tmp/fio' 120
expect_in "$W/guest-out" 'err= 0' "fio's result"
use_disk g1 xvda "$W/disk"
