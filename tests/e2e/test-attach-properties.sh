#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# mode, device-type, discard-enable and removable are obeyed; what else
# libxl or others may write is passed over.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
guest 1 <<END
$disk mode=r
connect linux
expect info 4
expect discard 0
read sector=0 count=8
write sector=0 count=8 expect=error
barrier sector=0 count=8 expect=error
discard sector=0 count=8 expect=error
read sector=0 count=8
close
destroy
END
wait_no_worker
guest 2 <<END
$disk mode=r device-type=cdrom KEY:removable=1
connect linux
expect info 7
close
destroy
END
wait_no_worker
guest 3 <<END
$disk discard-enable=0
connect linux
expect discard 0
discard sector=0 count=8 expect=eopnotsupp
close
destroy
END
wait_no_worker
guest 4 <<END
$disk KEY:direct-io-safe=1 KEY:colo-host=x KEY:type=tap KEY:nonsense=%n%n%s
connect linux
expect-back sectors 32768
expect-back sector-size 512
expect-back physical-sector-size 4096
expect-back discard-granularity 4096
expect-back discard-alignment 0
expect-back discard-secure 0
expect-back feature-persistent 0
expect-back max-ring-page-order 4
expect-back max-ring-pages 16
expect-back feature-max-indirect-segments 256
close
destroy
END
wait_no_worker
# A read-only export, and a disk with mode r.
kill_server s1
start_nbdkit s1 -r memory 16M
guest 5 <<END
$disk mode=r
connect linux
expect info 4
write sector=0 count=8 expect=error
close
destroy
END
finish
