#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Pages of persistent grants are given back while the guest runs, when it has
# not used them for a while, and are mapped again when it does.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
guest 1 <<END
$disk
connect linux persistent=1
load rw=randrw depth=32 requests=500 verify=1 size=4194304 json=$D/load
! expect mapped 1
expect mapped 1 timeout=8
write sector=0 count=88 pattern=7
verify sector=0 count=88 pattern=7
expect problems 0
close
expect mapped 0
destroy
END
finish
