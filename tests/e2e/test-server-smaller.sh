#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The server comes back smaller: the disk is held, the log, the error node and
# nbd-state say so, and it goes on when the server is right again.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/come-back.sh"

truncate -s 8M "$D/small"
wrong ()
{
  start_nbdkit s1 file "$D/small"
}
come_back 'is now 8388608'
finish
