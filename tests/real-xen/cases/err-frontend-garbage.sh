# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Garbage in a frontend's directory: that device goes to Closing with an error node; nothing else notices.
# limit: 150
# takes: 75
# when: all       error-frontend and error-rings show it on the fake host

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

# closes WHAT REASON NODE VALUE...: a frontend that is all right but for these nodes; no value: no such node. The page
# that grant 1 is for exists: it is the guest's page for xenstore.
closes ()
{
  say "$1"
  closes_reason=$2
  shift 2
  wait_node 10 "$(backend g2 vbd)/state" '^2$'
  xenstore-write "$front/ring-ref" 1 "$front/event-channel" 9 "$front/protocol" x86_64-abi
  xenstore-rm "$front/ring-page-order" 2>/dev/null || true
  xenstore-rm "$front/multi-queue-num-queues" 2>/dev/null || true
  while [ $# -gt 0 ]; do
    if [ -n "$2" ]; then
      xenstore-write -- "$front/$1" "$2"
    else
      xenstore-rm "$front/$1"
    fi
    shift 2
  done
  xenstore-write "$front/state" 3
  wait_node 10 "$(backend g2 vbd)/state" '^[56]$'
  wait_node 5 "$(error_node g2 vbd)" "$closes_reason"
  # The frontend gives in and comes back, like a boot loader's successor.
  xenstore-write "$front/state" 6
  wait_node 10 "$(backend g2 vbd)/state" '^6$'
  xenstore-write "$front/state" 1
}

must xl block-attach g2 "$(script_disk s2 xvda)"
closes "a ring that is no number" ring-ref ring-ref garbage
closes "an event channel that is no number" event-channel event-channel '-1'
closes "a ring that is no 32-bit number" ring-ref ring-ref 99999999999999999999
closes "a protocol that nobody speaks" protocol protocol m68k-abi
closes "a ring that is no grant" 4000000000 ring-ref 4000000000
closes "a ring of more pages than were offered" ring-page-order ring-page-order 30
closes "a ring that nobody granted" 'ring.* 77' ring-ref 77
closes "an event channel that does not exist" 'event.channel.*4095|4095.*event.channel' event-channel 4095
closes "no ring" ring-ref ring-ref ''
closes "no event channel" event-channel event-channel ''
closes "more queues than were offered" queues multi-queue-num-queues 4000000000
closes "a very long value" ring-ref ring-ref "$(head -c 1500 /dev/zero | tr '\0' 7)"
must_quietly xl block-detach g2 51712

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
