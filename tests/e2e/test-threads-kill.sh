#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The same as server-kill, with several connections.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"
. "$SRCDIR/tests/e2e/kill-load.sh"

killed_load 3 expect_nbdctl 0 '^connections: 3$' show 1/xvda
finish
