#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A server that insists on TLS: refused without, works with the right key,
# and is refused with a wrong one.

. "$SRCDIR/tests/e2e/lib.sh"

nbdkit --dump-config | grep -q '^tls=yes' || skip "nbdkit has no TLS"
need psktool
psktool -u alice -p "$D/keys" >/dev/null 2>&1 || skip "psktool does not work"
psktool -u alice -p "$D/wrong" >/dev/null 2>&1
start_nbdkit s1 --tls=require --tls-psk="$D/keys" memory 16M
start_daemon
refused "nbd:unix:$D/s1" 'tls'
refused "nbds+unix://alice@/?socket=$D/s1&tls-psk-file=$D/wrong" '.'
guest 1 <<END
$create params=nbds+unix://alice@/?socket=$D/s1&tls-psk-file=$D/keys
connect linux
write sector=0 count=8 pattern=3
verify sector=0 count=8 pattern=3
close
destroy
END
finish
