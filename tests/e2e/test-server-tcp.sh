#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Servers that are reached over TCP, by address and by name, are killed under
# a load that verifies itself and come back: the guests see no error.

. "$SRCDIR/tests/e2e/lib.sh"

# serve NAME ADDRESS
serve ()
{
  start_nbdkit_tcp "$1" "$2" file "$D/disk-$1"
}

servers='s1 s2'
truncate -s 16M "$D/disk-s1" "$D/disk-s2" "$D/disk-s3"
serve s1 127.0.0.1 || fail "nbdkit: $(cat "$D/s1.log")"
serve s2 127.0.0.1 || fail "nbdkit: $(cat "$D/s2.log")"
target_s1=nbd:127.0.0.1:$(port s1)
target_s2=nbd://localhost:$(port s2)/export
if serve s3 ::1; then
  servers="$servers s3"
  target_s3=nbd:[::1]:$(port s3):exportname=export
fi
start_daemon
for s in $servers; do
  eval "target=\$target_$s"
  start_guest "${s#s}" <<END
$create params=$target
connect linux
sh touch $D/connected-$s
load rw=randrw bs=4096 depth=32 until=$D/killed flush=50 verify=1 json=$D/load-$s
write sector=20000 count=88 pattern=7
verify sector=20000 count=88 pattern=7
expect problems 0
close
destroy
END
done
for s in $servers; do
  wait_flag "connected-$s"
done
for i in 1 2 3; do
  sleep 0.2
  for s in $servers; do
    kill_server $s
  done
  for s in $servers; do
    case $s in
      s3) serve $s ::1 ;;
      *) serve $s 127.0.0.1 ;;
    esac || fail "nbdkit: $(cat "$D/$s.log")"
  done
done
for s in $servers; do
  wait_log 10 "vbd/${s#s}/51712: .*the server is back"
done
touch "$D/killed"
for s in $servers; do
  wait_guest "${s#s}"
done
finish
