#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A boot loader hands the disk over to a system with another layout of the
# ring, and each finds what the one before it wrote.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 64M
start_daemon
guest 1 <<END
$disk
connect grub protocol=x86_32-abi
write sector=0 count=64 pattern=1
close grub
connect linux protocol=x86_64-abi
verify sector=0 count=64 pattern=1
write sector=64 count=64 pattern=2
close linux
state 1
wait-state 2
connect minios protocol=x86_32-abi
verify sector=64 count=64 pattern=2
close minios
connect ovmf protocol=x86_64-abi
write sector=128 count=64 pattern=3
close ovmf
connect windows protocol=x86_64-abi
verify sector=128 count=64 pattern=3
close windows
state 1
wait-state 2
connect freebsd protocol=x86_32-abi
verify sector=0 count=64 pattern=1
expect problems 0
close
destroy
END
finish
