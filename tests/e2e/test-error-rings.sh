#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# More pages or queues than were offered, none at all, and a reference that
# is missing among many: refused in one line that names the device, the node,
# its value and what is allowed.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
echo 'max-queues = 3' >"$D/conf"
start_daemon --config "$D/conf"
domid=0

# bad TEXT COMMAND...: what the guest publishes, and what is said of it.
bad ()
{
  text=$1
  shift
  domid=$((domid + 1))
  { echo "$disk"
    echo 'front protocol x86_64-abi'
    for line; do echo "$line"; done
    echo "state 3"
    echo "wait-state 5"
  } >"$D/script"
  guest $domid <"$D/script"
  wait_until 5 node "$(error_node $domid)" "^$text\$" ||
    fail "the error node has '$(node "$(error_node $domid)")', not '$text'"
  expect_equal "lines that say so" \
    "$(grep -c "vbd/$domid/51712: error: $text\$" "$log")" 1
  guest $domid <<END
state 6
wait-state 6
expect problems 0
destroy
END
  wait_no_worker
}

number="it must be a number from"
node="the frontend's node"
ref='front ring-ref 8'
port='front event-channel 1'
bad "$node ring-page-order is \"5\"; $number 0 to 4" \
  "$ref" "$port" 'front ring-page-order 5'
bad "$node num-ring-pages is \"0\"; $number 1 to 16" \
  "$ref" "$port" 'front num-ring-pages 0'
bad "$node num-ring-pages is \"3\"; it must be a power of two up to 16" \
  "$ref" "$port" 'front num-ring-pages 3'
bad "$node num-ring-pages is \"32\"; $number 1 to 16" \
  "$ref" "$port" 'front num-ring-pages 32'
for n in 0 4 65536 many; do
  bad "$node multi-queue-num-queues is \"$n\"; $number 1 to 3" \
    "$ref" "$port" "front multi-queue-num-queues $n"
done
bad "$node protocol is \"sparc.abi\"; it must be x86_64-abi, x86_32-abi or arm-abi" \
  "$ref" "$port" "front protocol sparc$(printf '\001')abi"
bad "$node ring-ref2 is missing; $number 0 to 4294967295" "$port" 'front ring-page-order 2' \
  'front ring-ref0 8' 'front ring-ref1 9' 'front ring-ref3 10'
bad "$node queue-1/event-channel is missing; $number 0 to 4294967295" 'front multi-queue-num-queues 2' \
  'front queue-0/ring-ref 8' 'front queue-0/event-channel 1' \
  'front queue-1/ring-ref 9'
bad "$node queue-1/ring-ref1 is missing; $number 0 to 4294967295" 'front multi-queue-num-queues 2' \
  'front ring-page-order 1' 'front queue-0/ring-ref0 8' \
  'front queue-0/ring-ref1 9' 'front queue-0/event-channel 1' \
  'front queue-1/ring-ref0 10' 'front queue-1/event-channel 2'
bad "$node queue-0/ring-ref is \"-1\"; $number 0 to 4294967295" \
  'front multi-queue-num-queues 2' 'front queue-0/ring-ref -1' \
  'front queue-0/event-channel 1'
finish
