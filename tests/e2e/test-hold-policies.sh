#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The policies report, ignore and enospc, for reads and for writes; and what is
# held when the guest leaves ends with an error.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"

need_filter error
for error in EIO ENOSPC; do
  start_nbdkit $error --filter=error memory 16M error=$error error-rate=100% \
    error-file="$D/fail.$error"
done
cat >"$D/conf" <<END
on-read-error = ignore
on-write-error = enospc
[disk vbd/2/*]
on-read-error = enospc
on-write-error = ignore
END
start_daemon --config "$D/conf"
guest 1 <<END
$create params=nbd:unix:$D/EIO
connect linux
write sector=0 count=88 pattern=7
sh touch $D/fail.EIO
verify sector=0 count=88 pattern=0
write sector=0 count=8 expect=error
sh rm $D/fail.EIO
verify sector=0 count=88 pattern=7
expect-back nbd-state connected
close
destroy
END
wait_no_worker
guest 2 <<END
$create params=nbd:unix:$D/EIO
connect linux
write sector=0 count=88 pattern=7
sh touch $D/fail.EIO
write sector=0 count=88 pattern=8
barrier sector=0 count=8 pattern=8
read sector=0 count=8 expect=error
sh rm $D/fail.EIO
verify sector=0 count=88 pattern=7
close
destroy
END
wait_no_worker
start_guest 3 <<END
$create params=nbd:unix:$D/ENOSPC
connect linux
sh touch $D/fail.ENOSPC
read sector=0 count=8
write sector=0 count=88 pattern=8 async=1
sh wait-flag seen
drain
verify sector=0 count=88 pattern=8
sh touch $D/fail.ENOSPC
write sector=0 count=8 expect=none timeout=0.5
close
expect problems 0
destroy
END
wait_node 10 "$(backend 3)/nbd-state" '^stopped: write of .*No space left'
expect_nbdctl 0 '^stop io-status: nospace$' show 3/xvda
rm "$D/fail.ENOSPC"
expect_nbdctl 0 '^stopped: no$' resume 3/xvda
touch "$D/seen"
try_wait 3
finish
