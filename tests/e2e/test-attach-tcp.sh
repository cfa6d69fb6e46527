#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The spellings of a server that is reached over TCP: an address of either
# kind, a name, with and without an export whose name has to be escaped.

. "$SRCDIR/tests/e2e/lib.sh"

need_filter exportname
domid=0

# works TARGET EXPORT: the server sees that it is this export
works ()
{
  domid=$((domid + 1))
  guest $domid <<END
$create params=$1
connect linux
write sector=8 count=88 pattern=$domid
verify sector=8 count=88 pattern=$domid
expect problems 0
close
destroy
END
  wait_no_worker
  expect_equal "the export of $1" "$(tail -n 1 "$D/exports")" "<$2>"
}

# serve NAME ADDRESS
serve ()
{
  start_nbdkit_tcp "$1" "$2" eval \
    open="printf '<%s>\n' \"\$3\" >>'$D/exports'" \
    get_size='echo 16M' \
    pread="dd if='$D/disk' skip=\$4 count=\$3 iflag=skip_bytes,count_bytes" \
    pwrite="dd of='$D/disk' seek=\$4 conv=notrunc oflag=seek_bytes"
}

truncate -s 16M "$D/disk"
nbdkit --dump-plugin eval >/dev/null 2>&1 || skip "nbdkit has no eval"
serve s1 127.0.0.1 || fail "nbdkit: $(cat "$D/s1.log")"
start_daemon
works "nbd:127.0.0.1:$(port s1)" ''
works "nbd:127.0.0.1:$(port s1):exportname=a%20/b" 'a%20/b'
works "nbd://127.0.0.1:$(port s1)/a%20b%2Fc%C3%A4" 'a b/cä'
works "nbd://localhost:$(port s1)/disk" disk
works "aio:nbd://LOCALHOST:$(port s1)//disk?" /disk
if serve s2 ::1; then
  works "nbd:[::1]:$(port s2)" ''
  works "nbd:[0:0::1]:$(port s2):exportname=x" x
  works "nbd://[::1]:$(port s2)/%41" A
else
  say "no IPv6: $(cat "$D/s2.log")"
fi
finish
