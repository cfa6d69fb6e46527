# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Garbage in a frontend's directory: that device goes to Closing with an error node; nothing else notices.
# limit: 150

start_daemon
truncate -s 64M "$W/disk"
start_nbdkit s1 file "$W/disk"
start_nbdkit s2 memory size=8M
make_guest g1 pv guest "$(script_disk s1 xvda)"
start_guest g1
use_disk g1 xvda "$W/disk"
make_guest g2 pv guest
paused g2
front=$(guest_store g2)/device/vbd/51712

# closes WHAT NODE VALUE...: a device whose frontend is all right but for these nodes; no value: no such node.
closes ()
{
  closes_what=$1
  shift
  must xl block-attach g2 "$(script_disk s2 xvda)"
  xenstore-write "$front/ring-ref" 8 "$front/event-channel" 9 "$front/protocol" x86_64-abi
  while [ $# -gt 0 ]; do
    if [ -n "$2" ]; then
      xenstore-write -- "$front/$1" "$2"
    else
      xenstore-rm "$front/$1"
    fi
    shift 2
  done
  xenstore-write "$front/state" 3
  say "$closes_what"
  wait_node 10 "$(backend g2 vbd)/state" '^[56]$'
  wait_node 5 "$(error_node g2 vbd)" .
  xenstore-write "$front/state" 6
  must_quietly xl block-detach g2 51712
}

closes "a ring that is no number" ring-ref garbage
closes "a ring that is no grant" ring-ref 4000000000
closes "a ring that is no 32-bit number" ring-ref 99999999999999999999
closes "a ring that nobody granted" ring-ref 77
closes "no ring" ring-ref ''
closes "an event channel that is no number" event-channel '-1'
closes "an event channel that does not exist" event-channel 4095
closes "no event channel" event-channel ''
closes "a protocol that nobody speaks" protocol m68k-abi
closes "a ring of more pages than were offered" ring-page-order 30
closes "more queues than were offered" multi-queue-num-queues 4000000000
closes "a very long value" ring-ref "$(head -c 1500 /dev/zero | tr '\0' 7)"

# A state that does not exist is no event at all.
must xl block-attach g2 "$(script_disk s2 xvda)"
xenstore-write "$front/state" 99
sleep 1
xenstore-write "$front/state" garbage
sleep 1
kill -0 $daemon || fail "the daemon is gone"
xenstore-write "$front/state" 6
must_quietly xl block-detach g2 51712

use_disk g1 xvda "$W/disk"
expect_equal "error node of the other disk" "$(node "$(error_node g1 vbd)")" ''
expect_equal "workers" "$(workers | wc -w)" 1
