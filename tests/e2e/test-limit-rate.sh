#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Limits on requests and on bytes, for reads, for writes and for both: what is
# reached is within a tenth of what was set.  What is not limited is not slowed
# down by what is.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/limit.sh"

start_nbdkit s1 memory 64M
cat >"$D/conf" <<END
limit-read-ops = 300/300
limit-write-bytes = 1M/1M
[disk vbd/2/*]
limit-read-ops = off
limit-write-bytes = off
limit-bytes = 2M/2M
END
start_daemon --config "$D/conf"
guest 1 <<END
$disk
connect linux
load rw=randread bs=4096 depth=16 seconds=1.5 json=$D/read
load rw=randwrite bs=4096 depth=16 seconds=1.5 json=$D/write
load rw=write bs=45056 depth=16 seconds=1.5 json=$D/large
expect problems 0
close
destroy
END
wait_no_worker
guest 2 <<END
$disk
connect linux
load rw=randrw bs=8192 depth=16 seconds=1.5 json=$D/both
expect problems 0
close
destroy
END
# In 1.5 s, what 2.5 s allow, but for the large writes: of their burst there is
# what came back since the load before, on a slow machine all of it.
expect_near "reads" "$(requests "$D/read")" 500
expect_near "writes of 4096" "$(requests "$D/write")" 427
expect_near "writes of 45056" "$(requests "$D/large")" 24 38
expect_near "reads and writes" "$(requests "$D/both")" 427
finish
