#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A daemon that is started again lets no second VM write to an export, whichever
# of the two it looks at first.

. "$SRCDIR/tests/e2e/lib.sh"

restarts_daemon
start_nbdkit s1 memory 16M
start_nbdkit s2 memory 16M
start_daemon

# Domains $1 and $2 have the export $3; domain $1 is first.
start_pair ()
{
  start_guest "$1" --kind qdisk <<END
create params=nbd:unix:$D/$3
connect linux
sh touch $D/connected-$1
sh wait-flag go
write sector=0 count=8 pattern=7
verify sector=0 count=8 pattern=7
expect problems 0
close
destroy
END
  wait_flag "connected-$1"
  start_guest "$2" --kind qdisk <<END
create params=nbd:unix:$D/$3 wait=0
sh wait-flag go
destroy
END
  wait_node 10 "$(backend "$2" qdisk)/nbd-state" '^failed: .*of another VM'
}

# By number and by age, these come in different orders.
start_pair 1 2 s1
start_pair 4 3 s2
kill_daemon
: >"$log"
start_daemon
wait_log 10 'qdisk/1/51712: found its worker'
wait_log 10 'qdisk/4/51712: found its worker'
for domid in 2 3; do
  wait_node 10 "$(backend $domid qdisk)/nbd-state" '^failed: .*of another VM'
  [ "$(wc -l <"$D/worker-qdisk-$domid-51712" 2>/dev/null || echo 0)" = 0 ] ||
    fail "domain $domid was given a worker"
done
touch "$D/go"
for domid in 2 3 1 4; do
  wait_guest $domid
done
finish
