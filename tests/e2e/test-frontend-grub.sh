#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A frontend that connects as GRUB does, with each layout of the ring.

. "$SRCDIR/tests/e2e/frontend.sh"
