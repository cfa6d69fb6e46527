# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# As server-kill-10, with qemu-nbd and a raw file.
# limit: 200
# takes: 80
# when: all       server-kill-10 shows it with nbdkit

start_daemon
truncate -s 64M "$W/disk"
start () { start_qemu_nbd s1 --format=raw "$W/disk"; }
kill_under_load
