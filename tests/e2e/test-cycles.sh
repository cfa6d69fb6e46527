#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# 100 times attach, then detach or destroy at a random moment: before the
# frontend has done anything, half-way, connected, or under load.

. "$SRCDIR/tests/e2e/lib.sh"

# A server for each domain, so that none has to wait for another's worker.
for i in 1 2 3 4 5 6 7; do
  start_nbdkit s$i memory 16M
done
start_daemon
seed=${SEED:-$$}
say "SEED=$seed"
draw ()
{
  seed=$(((seed * 1103515245 + 12345) % 2147483648))
  drawn=$((seed / 65536 % $1))
}

i=0
while [ $i -lt $(few_or_many 15 100) ]; do
  i=$((i + 1))
  domid=$((i % 7 + 1))
  target=nbd:unix:$D/s$domid
  {
    draw 3
    [ $drawn != 0 ] && echo "$create params=$target" ||
      echo "create params=$target script=block-nbdback hotplug=none wait=0"
    if [ $drawn != 0 ]; then
      draw 5
      case $drawn in
        0) ;;
        1) echo "state 3" ;;
        2) echo "connect linux" ;;
        3) echo "connect minios"
           echo "write sector=0 count=2816 async=1" ;;
        4) echo "connect linux protocol=x86_32-abi"
           echo "write sector=0 count=880 pattern=3"
           echo "close" ;;
      esac
    fi
    draw 100
    echo "sleep 0.$(printf '%03d' $drawn)"
    draw 3
    [ $drawn != 0 ] || echo detach
    echo destroy
  } >"$D/script"
  guest $domid <"$D/script"
done
finish
