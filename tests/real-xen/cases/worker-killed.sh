# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A worker that dies takes its own disk with it and no other; the log and the error node say so.

start_daemon
truncate -s 64M "$W/disk1" "$W/disk2"
start_nbdkit s1 file "$W/disk1"
start_nbdkit s2 file "$W/disk2"
make_guest g1 pv guest "$(script_disk s1 xvda)" "$(script_disk s2 xvdb)"
start_guest g1
use_disk g1 xvda "$W/disk1"
use_disk g1 xvdb "$W/disk2"
: >"$W/guest-errors-expected"
victim=$(workers | cut -d ' ' -f 1)
say "kill -9 $victim"
kill -9 "$victim"
first_error=$(error_node g1 vbd 51712)
second_error=$(error_node g1 vbd 51728)
one_says () { [ -n "$(node "$first_error")$(node "$second_error")" ]; }
wait_for 10 "no error node speaks of the worker's death" one_says
say "xvda: $(node "$first_error"); xvdb: $(node "$second_error")"
[ -z "$(node "$first_error")" ] || [ -z "$(node "$second_error")" ] || fail "both disks have an error node"
wait_log 5 'worker.*(killed|died|signal|ended|exit|lost|gone)'
if [ -n "$(node "$first_error")" ]; then
  use_disk g1 xvdb "$W/disk2"
else
  use_disk g1 xvda "$W/disk1"
fi
kill -0 $daemon || fail "the daemon is gone, too"
must xl destroy g1
