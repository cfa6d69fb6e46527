#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# build.sh OUT: compile the fake host and the fake guest into the folder OUT.
# CC, CFLAGS and LDFLAGS are as usual.
#
#   OUT/lib/libxengnttab.so.1   gnttab.c gntshr.c and the host
#   OUT/lib/libxenevtchn.so.1   evtchn.c and the host
#   OUT/fake-xenstored          fake-xenstored.c store-*.c and the host
#   OUT/fake-xen-ctl            fake-xen-ctl.c and the host
#   OUT/fake-guest              ../fake-guest/*.c, how it waits, and the host
#   OUT/wait-for                ../wait/*.c: how the tests' scripts wait
#   OUT/fake-blkback            fake-blkback.c: the self-test's backend
#   OUT/fake-xen-test           fake-xen-test.c: the self-test's C half
# where the host is host.c host-domains.c host-grants.c host-events.c.

set -e
: "${1:?folder for the output}"
mkdir -p "$1/lib" "$1/obj"
out=$(cd "$1" && pwd)
cd "$(dirname "$0")"

CC=${CC:-gcc}
CFLAGS=${CFLAGS:--O2 -g}
flags="-std=c11 -fPIC -pthread -Wall -Wextra -Wshadow -Werror $CFLAGS"

compile ()
{
    objs=
    for c in "$@"; do
        o=$out/obj/$(basename "$c" .c).o
        if [ ! "$o" -nt "$c" ] || [ -n "$(find . ../fake-guest ../wait -name '*.h' -newer "$o")" ]; then
            $CC $flags -I. -c "$c" -o "$o"
        fi
        objs="$objs $o"
    done
}

compile host.c host-domains.c host-grants.c host-events.c
host=$objs

library ()
{
    name=$1 map=$2
    shift 2
    compile "$@"
    $CC $flags $LDFLAGS -shared -Wl,-soname,"$name" \
        -Wl,--version-script="$map" -o "$out/lib/$name" $objs $host
}

program ()
{
    name=$1 libs=$2
    shift 2
    compile "$@"
    $CC $flags $LDFLAGS -o "$out/$name" $objs $libs
}

library libxengnttab.so.1 gnttab.map gnttab.c gntshr.c
library libxenevtchn.so.1 evtchn.map evtchn.c
program fake-xenstored "$host -lev" fake-xenstored.c store-tree.c \
    store-watch.c store-transaction.c store-nodes.c store-ops.c
program fake-xen-ctl "$host -lxenstore" fake-xen-ctl.c
[ ! -f ../fake-guest/fake-guest.c ] ||
    program fake-guest "$host -lxenstore" ../fake-guest/*.c ../wait/stillness.c
program wait-for -lxenstore ../wait/wait-for.c ../wait/stillness.c
[ ! -f fake-blkback.c ] ||
    program fake-blkback "-lxengnttab -lxenevtchn -lxenstore" fake-blkback.c
[ ! -f fake-xen-test.c ] ||
    program fake-xen-test "$host -lxengnttab -lxenevtchn" fake-xen-test.c
