# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# For tests of servers that take large blocks only; read after lib.sh.

# use_blocks SIZE: a server with blocks of SIZE bytes, and a guest that writes
# 512-byte sectors all the same.
use_blocks ()
{
  need_filter blocksize-policy
  start_nbdkit s1 --filter=blocksize-policy memory 16M \
    blocksize-minimum="$1" blocksize-preferred="$1" \
    blocksize-error-policy=error
  start_daemon
  guest 1 <<END
$disk
connect linux
expect sector-size 512
load rw=write bs=512 requests=700 depth=32 verify=1 json=$D/1
load rw=randrw bs=512 size=262144 depth=32 seconds=0.5 verify=1 json=$D/2
load rw=randrw bs=3584 size=1048576 depth=32 seconds=0.5 verify=1 json=$D/3
write sector=0 count=256 pattern=1
write sector=9 count=1 pattern=2
write sector=127 count=2 pattern=2
verify sector=0 count=9 pattern=1
verify sector=9 count=1 pattern=2
verify sector=10 count=117 pattern=1
verify sector=127 count=2 pattern=2
verify sector=129 count=127 pattern=1
# A discard leaves what it does not cover alone.
discard sector=0 count=1
discard sector=1 count=255
verify sector=0 count=1 pattern=1
write sector=32767 count=1 pattern=3
verify sector=32767 count=1 pattern=3
expect problems 0
close
destroy
END
}
