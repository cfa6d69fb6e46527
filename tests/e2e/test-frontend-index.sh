#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A shared page whose indices do not begin with 0, and are about to wrap:
# the backend goes on from there.  Nonsense that is on the ring already is
# answered, and the disk stays usable.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
domid=0
for start in 'start=1' 'start=4294967290' \
  'start=2147483640 protocol=x86_32-abi'; do
  domid=$((domid + 1))
  guest $domid <<END
$disk
connect linux $start
write sector=0 count=88 pattern=7
verify sector=0 count=88 pattern=7
load rw=randrw verify=1 requests=500 size=4194304 json=$D/load
expect problems 0
close
destroy
END
  wait_no_worker
done
for ring in '32 fill=255 req-prod=32' \
  '32 fill=255 req-prod=16 rsp-prod=4294967280' '5 fill=1 req-prod=5'; do
  domid=$((domid + 1))
  guest $domid <<END
$disk
connect linux ${ring#* }
expect answers ${ring%% *} timeout=10
reset-problems
expect-back state 4
close
expect problems 0
state 1
wait-state 2
connect linux
write sector=0 count=88 pattern=7
verify sector=0 count=88 pattern=7
expect problems 0
close
destroy
END
  wait_no_worker
done
finish copy_refused
