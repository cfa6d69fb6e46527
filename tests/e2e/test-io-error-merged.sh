#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Requests that are merged into one command of which a part fails: only the
# request with the bad sector fails.

. "$SRCDIR/tests/e2e/lib.sh"

need python3
cat >"$D/plugin.py" <<'END'
import nbdkit

API_VERSION = 2
disk = bytearray(1 << 20)
BAD = 20 * 4096


def open(readonly):
    return 1


def get_size(h):
    return len(disk)


def pread(h, buf, offset, flags):
    if offset <= BAD < offset + len(buf):
        raise OSError(5, "bad sector")
    buf[:] = disk[offset:offset + len(buf)]


def pwrite(h, buf, offset, flags):
    if offset <= BAD < offset + len(buf):
        raise OSError(5, "bad sector")
    disk[offset:offset + len(buf)] = buf


def flush(h, flags):
    pass
END
nbdkit python "$D/plugin.py" --run true >/dev/null 2>&1 ||
  skip "nbdkit has no python"
need_filter log
start_nbdkit s1 --filter=log python "$D/plugin.py" logfile="$D/trace"
start_daemon
# Requests of 8 sectors, sent at once: 32 of them end 256 sectors further.
{
  echo "$disk"
  echo "connect linux"
  echo "write sector=0 count=160 segments=1 pattern=5"
  echo "write sector=168 count=80 segments=1 pattern=5"
  echo "write sector=0 count=160 segments=1 pattern=6"
  echo "write sector=160 count=8 segments=1 expect=error"
  echo "verify sector=0 count=160 segments=1 pattern=6"
  # All at once: one bad among good ones.  Those that are "async" say what
  # they were answered; exactly one is not ok.
  echo "write sector=0 count=248 segments=1 pattern=9 async=1"
  echo "drain"
  echo "verify sector=0 count=160 pattern=9 segments=1"
  echo "verify sector=168 count=80 pattern=9 segments=1"
  echo "read sector=0 count=248 segments=1 async=1"
  echo "drain"
  echo "expect problems 0"
  echo "close"
  echo "destroy"
} >"$D/script"
guest 1 <"$D/script"
expect_equal "requests that failed" \
  "$(grep -c 'operation . at sector 160: answer error, not ok' "$D/guest")" 2
expect_equal "requests that failed, at all" \
  "$(grep -c 'answer error, not ok' "$D/guest")" 2
grep -Eq 'Read .*count=0x1[0-9a-f]{4}' "$D/trace" ||
  fail "nothing was merged: $(cat "$D/trace")"
finish
