#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The server has no export of that name; of another it has.

. "$SRCDIR/tests/e2e/lib.sh"

need_filter exportname
start_nbdkit s1 --filter=exportname memory 16M exportname=good \
  exportname-strict=true
start_daemon
refused "nbd:unix:$D/s1:exportname=bad" 'bad'
refused "nbd:unix:$D/s1" 's1'
guest 1 <<END
$create params=nbd:unix:$D/s1:exportname=good
connect linux
close
destroy
END
wait_no_worker
guest 2 <<END
$create params=nbd+unix:///g%6fod?socket=$D/s1
connect linux
close
destroy
END
finish
