#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# While no daemon runs a disk is replaced by one that has no good target, and
# the old worker hangs: the next daemon ends it, once, while it goes on to try
# the new target, and then has nothing to do.

. "$SRCDIR/tests/e2e/lib.sh"
restarts_daemon

start_nbdkit s1 memory 16M
start_daemon
guest 1 --kind qdisk <<END
create params=nbd:unix:$D/s1
connect linux
write sector=0 count=8 pattern=1
close
END
old=$(worker qdisk/1/51712)
kill_daemon
xenstore-rm "$(backend 1 qdisk)"
xenstore-rm /local/domain/1/device/vbd/51712
kill -STOP "$old"
guest 1 --kind qdisk <<END
create params=nbd:unix:relative
END
start_daemon
wait_for 20 "the old worker is still there" ended "$old"
expect_equal "times that it was told to end" \
  "$(grep -c 'another disk that had this name' "$log")" 1

ticks ()
{
  sed 's/.*) //' "/proc/$daemon/stat" | awk '{ print $12 + $13 }'
}

before=$(ticks)
sleep 2
used=$(($(ticks) - before))
[ $used -le $((10 * SCALE)) ] || fail "$used ticks in 2 seconds"
guest 1 --kind qdisk <<END
destroy
END
finish
