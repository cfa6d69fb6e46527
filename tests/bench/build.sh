#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# build.sh OUT: compile what only the benchmark needs into the folder OUT.
# CC, CFLAGS and LDFLAGS are as usual.
#
#   OUT/ceiling       ceiling.c
#   OUT/fake-qemu.so  ../fake-xen/qemu-*.c, to be preloaded into QEMU

set -e
: "${1:?folder for the output}"
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "$0")"

CC=${CC:-gcc}
CFLAGS=${CFLAGS:--O2 -g}
flags="-std=gnu11 -Wall -Wextra -Wshadow -Wmissing-prototypes -Werror $CFLAGS"

$CC $flags $(pkg-config --cflags libnbd) -fno-strict-aliasing $LDFLAGS \
    -o "$out/ceiling" ceiling.c $(pkg-config --libs libnbd) -lev
$CC $flags -fPIC -shared $LDFLAGS -o "$out/fake-qemu.so" ../fake-xen/qemu-*.c
