#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Discards are cut to whole blocks of the server; the rest may stay.

. "$SRCDIR/tests/e2e/lib.sh"

need_filter blocksize-policy log
start_nbdkit s1 --filter=log --filter=blocksize-policy memory 16M \
  blocksize-minimum=4096 blocksize-preferred=65536 logfile="$D/trace" \
  blocksize-error-policy=error
start_daemon
guest 1 <<END
$disk
connect linux
expect-back discard-granularity 65536
write sector=0 count=1024 pattern=1
discard sector=3 count=500
verify sector=0 count=3 pattern=1
verify sector=8 count=488 pattern=0
verify sector=503 count=521 pattern=1
expect problems 0
close
destroy
END
for at in $(sed -nE 's/.*Trim id=[0-9]+ offset=(0x[0-9a-f]+) count=(0x[0-9a-f]+).*\.\.\.$/\1+\2/p' "$D/trace"); do
  n=$((n + 1))
  [ $((${at%+*} % 4096)) = 0 ] && [ $((${at#*+} % 4096)) = 0 ] ||
    fail "a trim at $at"
done
[ "${n:-0}" -gt 0 ] || fail "no trim"
finish
