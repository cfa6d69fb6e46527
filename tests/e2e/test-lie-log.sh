#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A guest that sends bad requests and connects anew, again and again, does not
# fill the log (XSA-180).

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
began=$(date +%s)
guest 1 <<END
$disk
$(for i in $(seq 10); do
    echo "connect linux"
    for j in 1 2 3 4 5 6; do
      echo "read sector=4000000 count=8 expect=error"
    done
    echo "close"
    echo "state 1"
    echo "wait-state 2"
  done)
destroy
END
lines=$(grep -c 'refused the guest' "$log")
took=$(($(date +%s) - began))
# A few at once, then one in 5 seconds.
[ "$lines" -ge 1 ] && [ "$lines" -le $((10 + took / 5)) ] ||
  fail "$lines lines about 60 bad requests"
finish
