#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# 64 disks at once, of 64 guests, each with a load that verifies itself.

. "$SRCDIR/tests/e2e/lib.sh"

n=64
[ "$SCALE" = 1 ] || n=4
need_filter exportname
# One server with an own memory for each export.
need python3
cat >"$D/plugin.py" <<'END'
import nbdkit

API_VERSION = 2
disks = {}


def open(readonly):
    return disks.setdefault(nbdkit.export_name(), bytearray(1 << 20))


def get_size(h):
    return len(h)


def pread(h, buf, offset, flags):
    buf[:] = h[offset:offset + len(buf)]


def pwrite(h, buf, offset, flags):
    h[offset:offset + len(buf)] = buf


def flush(h, flags):
    pass
END
nbdkit python "$D/plugin.py" --run true >/dev/null 2>&1 ||
  skip "nbdkit has no python"
start_nbdkit s1 python "$D/plugin.py"
start_daemon
i=0
while [ $i -lt $n ]; do
  i=$((i + 1))
  start_guest $i <<END
$create params=nbd:unix:$D/s1:exportname=e$i timeout=60
connect linux timeout=30
sh touch $D/connected$i
sh wait-flag go
write sector=0 count=352 pattern=$i
load rw=randrw verify=1 requests=200 depth=8 seed=$i json=$D/load
expect problems 0
close timeout=30
destroy timeout=30
END
done
i=0
while [ $i -lt $n ]; do
  i=$((i + 1))
  wait_flag connected$i 40
done
running=0
for pid in $(cat "$D/workers"); do
  alive "$pid" || continue
  running=$((running + 1))
  tr '\0' ' ' <"/proc/$pid/cmdline" | grep -Eq ' --device vbd/[0-9]+/51712 ' || fail "worker $pid does not say whose it is"
done
expect_equal "workers that run" $running $n
touch "$D/go"
i=0
while [ $i -lt $n ]; do
  i=$((i + 1))
  wait_guest $i
done
finish
