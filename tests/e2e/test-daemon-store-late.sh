#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# No xenstored when the daemon starts: it says so and ends with status 1.

. "$SRCDIR/tests/e2e/lib.sh"

XENSTORED_PATH=$D/nothing $WRAPPER "$BUILDDIR/xen-nbdback" \
  --run-dir "$run_dir" >>"$log" 2>&1 </dev/null
expect_equal "exit status" $? 1
wait_log 1 'xenstore'
finish
