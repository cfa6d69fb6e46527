#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# No server: the script fails with the reason; the next attempt, with the
# server there, works.

. "$SRCDIR/tests/e2e/lib.sh"

start_daemon
refused "nbd:unix:$D/s1" 'no such file'
refused nbd:127.0.0.1:1 'refused'
start_nbdkit s1 memory 16M
guest 1 <<END
$disk
connect linux
read sector=0 count=8
close
destroy
END
finish
