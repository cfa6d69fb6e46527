# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The server comes back smaller than it was: the disk is held and says why; it goes on when the server is right again.

start_daemon
truncate -s 64M "$W/disk"
right () { start_nbdkit s1 file "$W/disk"; }
truncate -s 32M "$W/small"
wrong () { start_nbdkit s1 file "$W/small"; }
come_back 'the export is now 33554432 bytes, it was 67108864'
