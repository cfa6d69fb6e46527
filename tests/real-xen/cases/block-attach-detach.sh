# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Attach, detach and destroy, 3 times each (20 with ALL=1) without an error of libxl, and nothing is left behind.
# limit: 300
# takes: 70

# The third guest of each three boots and connects to its disk before it is destroyed; the others are destroyed half-way.
rounds=$([ "$ALL" = 1 ] && echo 20 || echo 3)

start_daemon
truncate -s 64M "$W/disk"
start_nbdkit s1 file "$W/disk"
make_guest g1 pv guest
start_guest g1
nodes=$(xenstore-ls -f "$store" | wc -l)
grants=$(mapped_grants g1)
for i in $(seq $rounds); do
  must_quietly xl block-attach g1 "$(script_disk s1 xvda)"
  guest_run g1 "wait-disk xvda; dd if=/dev/xvda bs=4k count=1 2>/dev/null | sha256sum"
  must_quietly xl block-detach g1 51712
  wait_for 10 "round $i: the worker is left" no_worker
done
expect_equal "mapped grants of the guest" "$(mapped_grants g1)" "$grants"
expect_equal "nodes of dom0" "$(xenstore-ls -f "$store" | wc -l)" "$nodes"
guest_run g1 '! dmesg | grep -E "leaking|still pending"'

must xl destroy g1
nodes=$(xenstore-ls -f "$store" | wc -l)

make_guest g1 pv guest "$(script_disk s1 xvda)"
for i in $(seq $rounds); do
  if [ $((i % 3)) = 0 ]; then
    start_guest g1
    guest_run g1 "wait-disk xvda"
  else
    paused g1
  fi
  must_quietly xl destroy g1
  wait_for 10 "round $i: the worker is left" no_worker
  wait_for 10 "round $i: the domain is left" guests_gone
done
expect_equal "nodes of dom0" "$(xenstore-ls -f "$store" | wc -l)" "$nodes"
