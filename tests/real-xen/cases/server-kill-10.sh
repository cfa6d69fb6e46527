# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# nbdkit is killed with SIGKILL and started again, 10 times, under a load that verifies itself: the guest must not notice.
# limit: 200
# takes: 70

start_daemon
truncate -s 64M "$W/disk"
start () { start_nbdkit s1 file "$W/disk"; }
kill_under_load
