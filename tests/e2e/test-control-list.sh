#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# xen-nbdctl list and show: tables for people, JSON for programs, and exit
# codes that say what was wrong.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"

start_nbdkit s1 memory 16M
expect_nbdctl 3 'is not running' list
start_daemon
expect_nbdctl 0 '^DEVICE ' list
expect_nbdctl 0 '^\[\]$' --json list
start_guest 1 <<END
$disk
connect linux
sh touch $D/connected
sh wait-flag seen
close
destroy
END
wait_flag connected
expect_nbdctl 0 "^vbd/1/51712 +xvda +connected +connected +16M +w +nbd:unix:$D/s1\$" list
expect_nbdctl 0 '"size": 16777216' list --json
expect_nbdctl 0 '^frontend state: connected$' show vbd/1/51712
expect_nbdctl 0 "^uri: nbd\+unix:///\?socket=$D/s1\$" show 1/xvda
expect_nbdctl 0 '^export flush: yes$' show 1/xvda
expect_nbdctl 0 "\"worker\": $(worker vbd/1/51712)" --json show 1/xvda
expect_nbdctl 4 'vbd/1/51728: there is no such disk' show vbd/1/51728
expect_nbdctl 4 '1/xvdb: there is no such disk' show 1/xvdb
expect_nbdctl 4 'no such disk' show 99999999999999999999/xvda
expect_nbdctl 2 '^usage' show
expect_nbdctl 2 '^usage' list more
expect_nbdctl 2 '^usage' dance
expect_nbdctl 2 '^usage' --dance
touch "$D/seen"
wait_guest 1
finish
