#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Persistent grants in all layouts: used if the frontend can, its rings have
# one page, and the settings do not say no; given back at the end.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
printf 'max-queues = 2\n[disk vbd/13/*]\npersistent-grants = off\n' >"$D/conf"
start_daemon --config "$D/conf"
domid=0
for protocol in x86_64-abi x86_32-abi arm-abi; do
  for how in 'persistent=1' 'persistent=1 queues=2 segments=32' \
    'persistent=1 order=1' persistent=0; do
    domid=$((domid + 1))
    kept=${how%% *}
    kept=${kept#persistent=}
    pages=1
    case $how in
      *queues=2*) pages=2 ;;
      *order=1*) pages=2 kept=0 ;;
    esac
    guest $domid <<END
$disk
connect linux protocol=$protocol $how
expect-back feature-persistent $kept
expect persistent $kept
expect mapped $pages
write sector=0 count=88 pattern=7
$([ "$kept" = 1 ] || echo "expect mapped $pages")
verify sector=0 count=88 pattern=7
write sector=1000 count=50 skip=3 fragment=5 pattern=8
verify sector=1000 count=50 skip=1 fragment=3 pattern=8
load rw=randrw bs=16384 depth=32 seconds=0.1 verify=1 flush=50 size=4194304 json=$D/load
expect problems 0
close
expect mapped 0
expect problems 0
destroy
END
    wait_no_worker
  done
done
guest 13 <<END
$disk
connect linux persistent=1
expect-back feature-persistent 0
expect persistent 0
write sector=0 count=88 pattern=7
expect mapped 1
verify sector=0 count=88 pattern=7
close
expect mapped 0
expect problems 0
destroy
END
finish
