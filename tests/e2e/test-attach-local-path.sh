#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The node from which libxl tells QEMU where an HVM guest's emulated disk is:
# on route tap, for what QEMU can reach with it, and nowhere else.

. "$SRCDIR/tests/e2e/lib.sh"

# local_path DOMID KIND PARAMS WANTED
local_path ()
{
  guest "$1" --kind "$2" <<END
$create params=$3
sh sh -c 'xenstore-read $(backend "$1" "$2")/physical-device-path >$D/path 2>/dev/null || echo none >$D/path'
destroy
END
  expect_equal "physical-device-path of $2, $3" "$(cat "$D/path")" "$4"
}

start_nbdkit s1 memory 16M
start_daemon
local_path 1 vbd3 "nbd:unix:$D/s1" "$D/s1"
local_path 2 vbd3 "aio:nbd+unix:///?socket=$D/s1" "$D/s1"
local_path 3 vbd "nbd:unix:$D/s1" none
local_path 4 vbd3 "nbd:unix:$D/s1:exportname=a" none
finish
