#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# nbdkit is killed ten times under a load that verifies itself: the guest
# sees latency and no error.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/kill-load.sh"

killed_load 1
finish
