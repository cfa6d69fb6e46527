#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Missing keys and garbage in a frontend's directory: that device goes to
# Closing with an error node that names the key; another one does not notice.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_nbdkit s2 memory 16M
start_daemon
start_guest 99 <<END
$create params=nbd:unix:$D/s2
connect linux
load rw=randrw verify=1 seconds=4 size=4194304 json=$D/load
expect problems 0
close
destroy
END
domid=0

# bad REGEX COMMAND...: what the guest publishes, and what the node says.
bad ()
{
  regex=$1
  shift
  domid=$((domid + 1))
  { echo "$create params=nbd:unix:$D/s1 mode=r"
    for line; do echo "$line"; done
    echo "state 3"
    echo "wait-state 5"
  } >"$D/script"
  guest $domid <"$D/script"
  wait_node 5 "$(error_node $domid)" "$regex"
  guest $domid <<END
expect-back state 5
state 6
wait-state 6
expect problems 0
destroy
END
  wait_no_node 5 "$(error_node $domid)"
}

abi='front protocol x86_64-abi'
ref='front ring-ref 8'
port='front event-channel 1'
bad 'ring-ref' "$abi" "$port"
bad 'event-channel' "$abi" "$ref"
bad 'protocol' 'front protocol vax-abi' "$ref" "$port"
bad 'ring-ref' "$abi" 'front ring-ref -1' "$port"
bad 'ring-ref' "$abi" 'front ring-ref 4294967296' "$port"
bad 'ring-ref' "$abi" 'front ring-ref 0x10' "$port"
bad 'ring-ref' "$abi" 'front ring-ref 8x' "$port"
bad 'event-channel' "$abi" "$ref" 'front event-channel 99999999999999999999'
bad 'event-channel' "$abi" "$ref" 'front event-channel'
bad 'map' "$abi" 'front ring-ref 30000' "$port"
domid=$((domid + 1))
guest $domid <<END
$create params=nbd:unix:$D/s1 mode=r
state 77
wait-state 5
expect-back state 5
state 6
wait-state 6
destroy
END
wait_guest 99
finish map_refused bind_refused
