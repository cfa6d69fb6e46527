#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Connecting and closing again and again, as kexec or a driver that is
# loaded anew does; also one that goes without a word and starts over.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 64M
start_daemon
{
  echo "$disk"
  for i in 1 2 3 4 5 6 7 8 9 10; do
    cat <<END
connect linux protocol=$([ $((i % 2)) = 0 ] && echo x86_32-abi || echo x86_64-abi)
write sector=0 count=88 pattern=$i
verify sector=0 count=88 pattern=$i
close
state 1
wait-state 2
END
  done
  cat <<END
connect linux
state 1
wait-state 2
abandon
connect windows
verify sector=0 count=88 pattern=10
expect problems 0
destroy
END
} >"$D/script"
guest 1 <"$D/script"
finish
