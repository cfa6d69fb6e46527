#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Grants that are not there, not ours, read-only where we write, or the
# ring's own page: those requests fail, and no others.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
guest 1 <<END
$disk
connect linux
write sector=0 count=88 pattern=7
raw op=0 gref=huge
raw op=1 gref=huge
raw op=0 gref=none
raw op=1 gref=none sector=0
raw op=0 gref=0 expect=any
raw op=0 grant=ro
raw op=0 grant=other
raw op=1 grant=other sector=0
verify sector=0 count=88 pattern=7
raw op=1 grant=ro sector=100 segs=0-7 expect=ok
expect problems 0
expect-back state 4
close
destroy
END
finish copy_refused
