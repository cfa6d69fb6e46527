#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A read-only export and mode w: refused.  When it can be written to it works.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 -r memory 16M
start_daemon
refused "nbd:unix:$D/s1" 'read-only'
kill_server s1
start_nbdkit s1 memory 16M
guest 1 <<END
$disk
connect linux
write sector=0 count=8
close
destroy
END
finish
