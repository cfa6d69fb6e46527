#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The server comes back without flush and trim: the disk is held, the log, the error node and
# nbd-state say so, and it goes on when the server is right again.

. "$SRCDIR/tests/e2e/lib.sh"


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

right ()
{
  start_nbdkit s1 file "$D/disk"
}

truncate -s 16M "$D/disk"
truncate -s 8M "$D/small"
right
start_daemon
start_guest 1 <<END
$disk
connect linux
write sector=0 count=88 pattern=7
sh touch $D/connected
sh wait-flag killed
write sector=88 count=88 pattern=8 async=1
flush async=1
sh touch $D/sent
drain timeout=$((30 * SCALE))
sh touch $D/answered
verify sector=0 count=88 pattern=7
verify sector=88 count=88 pattern=8
expect problems 0
sh wait-flag seen
close
destroy
END
wait_flag connected
kill_server s1
touch "$D/killed"
wait_flag sent
start_nbdkit s1 python "$D/plugin.py"
wait_node 15 "$(backend 1)/nbd-state" '^held: .*(flush|trim)'
wait_node 5 "$(error_node 1)" 'flush|trim'
reason=$(node "$(error_node 1)")
wait_until 5 grep -Fq -- "$reason" "$log" ||
  fail "the log does not say '$reason'"
sleep 1
[ ! -e "$D/answered" ] || fail "the requests were not held"
kill_server s1
right
wait_flag answered
wait_node 10 "$(backend 1)/nbd-state" '^connected'
wait_no_node 5 "$(error_node 1)"
touch "$D/seen"
wait_guest 1
finish
