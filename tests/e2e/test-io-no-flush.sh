#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A server without flush and trim: the guest is told so, and sending it all
# the same is answered with EOPNOTSUPP.

. "$SRCDIR/tests/e2e/lib.sh"

need python3
cat >"$D/plugin.py" <<'END'
disk = bytearray(1 << 20)


def open(readonly):
    return 1


def get_size(h):
    return len(disk)


def pread(h, count, offset):
    return disk[offset:offset + count]


def pwrite(h, buf, offset):
    disk[offset:offset + len(buf)] = buf
END
nbdkit python "$D/plugin.py" --run true >/dev/null 2>&1 ||
  skip "nbdkit has no python"
start_nbdkit s1 python "$D/plugin.py"
start_daemon
guest 1 <<END
$disk
connect minios
expect flush 0
expect barrier 0
expect discard 0
write sector=0 count=88 pattern=7
verify sector=0 count=88 pattern=7
flush expect=eopnotsupp
barrier expect=eopnotsupp
barrier sector=0 count=8 expect=eopnotsupp
discard sector=0 count=8 expect=eopnotsupp
verify sector=0 count=88 pattern=7
expect problems 0
close
destroy
END
finish
