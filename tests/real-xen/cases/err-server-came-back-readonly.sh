# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The server comes back read-only: the disk is held and says why; it goes on when the server is right again.
# when: all       err-server-came-back-smaller shows it, server-readonly this one

start_daemon
truncate -s 64M "$W/disk"
right () { start_nbdkit s1 file "$W/disk"; }
wrong () { start_nbdkit s1 -r file "$W/disk"; }
come_back 'the export is now read-only'
