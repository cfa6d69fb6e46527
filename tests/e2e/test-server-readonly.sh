#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The server comes back read-only: the disk is held, the log, the error node and
# nbd-state say so, and it goes on when the server is right again.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/come-back.sh"

wrong ()
{
  start_nbdkit s1 -r file "$D/disk"
}
come_back 'read-only|write'
finish
