# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The server comes back without flush and trim, which it had: the disk is held and says why; it goes on when the server is
# right again.
# when: all       err-server-came-back-smaller shows it, server-noflush this one

start_daemon
truncate -s 64M "$W/disk"
right () { start_nbdkit s1 file "$W/disk"; }
wrong ()
{
  start_nbdkit s1 eval get_size="stat -c %s $W/disk" can_write=true \
    pread="dd if=$W/disk bs=65536 skip=\$4 count=\$3 iflag=skip_bytes,count_bytes 2>/dev/null" \
    pwrite="dd of=$W/disk bs=65536 seek=\$4 conv=notrunc oflag=seek_bytes 2>/dev/null"
}
come_back 'the server no longer offers flush'
