#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A server that takes blocks of 65536 bytes only: 512-byte sectors all the same.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/blocks.sh"

use_blocks 65536
finish
