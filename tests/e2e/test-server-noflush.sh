#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The server comes back without flush and trim: the disk is held, the log, the error node and
# nbd-state say so, and it goes on when the server is right again.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/come-back.sh"

cat >"$D/plugin.py" <<"END"
import os

path = os.environ["D"] + "/disk"


def open(readonly):
    return 1


def get_size(h):
    return os.path.getsize(path)


def pread(h, count, offset):
    with __builtins__["open"](path, "rb") as f:
        f.seek(offset)
        return bytearray(f.read(count))


def pwrite(h, buf, offset):
    with __builtins__["open"](path, "r+b") as f:
        f.seek(offset)
        f.write(buf)
END
nbdkit python "$D/plugin.py" --run true >/dev/null 2>&1 ||
  skip "nbdkit has no python"

wrong ()
{
  start_nbdkit s1 python "$D/plugin.py"
}
come_back 'flush|trim'
finish
