#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A medium whose server is away can be taken out: what the guest waits for is
# answered with an error.  One that cannot be opened is waited for, with the
# reason, and one with blocks that are too large is not taken.

. "$SRCDIR/tests/e2e/lib.sh"
need_filter blocksize-policy

start_nbdkit s1 -r pattern 16M
start_nbdkit s3 -r --filter=blocksize-policy pattern 8M blocksize-minimum=4096 \
  blocksize-preferred=4096 blocksize-maximum=1M
start_daemon
start_guest 1 <<END
$create mode=r device-type=cdrom params=nbd:unix:$D/s1
connect linux
read sector=0 count=8
sh touch $D/connected
sh wait-flag gone
read sector=0 count=8 async=1 expect=error
sh touch $D/sent
drain timeout=20
sh touch $D/answered
sh wait-flag in
read sector=0 count=8
sh touch $D/read
expect problems 0
close
destroy
END
wait_flag connected
kill_server s1
touch "$D/gone"
wait_flag sent
wait_node 10 "$(backend 1)/nbd-state" '^held'
xenstore-write "$(backend 1)/params" ""
wait_flag answered
wait_node 10 "$(backend 1)/sectors" '^0$'
xenstore-write "$(backend 1)/params" "nbd:unix:$D/s2"
wait_node 10 "$(backend 1)/nbd-state" '^held: connect: No such file'
xenstore-write "$(backend 1)/params" "nbd:unix:$D/s3"
wait_node 10 "$(backend 1)/nbd-state" 'minimum block size is 4096 bytes; this drive takes at most 512'
start_nbdkit s2 -r pattern 8M
xenstore-write "$(backend 1)/params" "nbd:unix:$D/s2"
wait_node 10 "$(backend 1)/sectors" '^16384$'
touch "$D/in"
wait_flag read
wait_guest 1
finish
