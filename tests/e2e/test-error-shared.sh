#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The same export for two VMs, both writing: refused with both named, unless
# the settings allow it.  The same VM is let through, and so is a reader.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_nbdkit s2 memory 16M
printf '[export nbd:unix:%s]\nshared = yes\n' "$D/s2" >"$D/conf"
start_daemon --config "$D/conf"
start_guest 1 <<END
$disk
connect linux
write sector=0 count=8 pattern=7
sh touch $D/first
sh wait-flag detached
destroy
END
start_guest 1-b --dev 51728 <<END
sh wait-flag two
$create params=nbd:unix:$D/s2
connect linux
sh touch $D/first-b
sh wait-flag go
detach
sh touch $D/detached
END
wait_flag first
refused "nbd:unix:$D/s1" "vbd/101/51712.*vbd/1/51712|vbd/1/51712.*vbd/101/51712"
refused "nbd+unix:///?socket=$D/s1" 'vbd/1/51712'
guest 3 <<END
$disk mode=r
connect linux
verify sector=0 count=8 pattern=7
close
destroy
END
# Domain 4 is the same VM, as while it reboots.
guest 4 <<END
create params=none wait=0
sh xenstore-write /local/domain/4/vm /vm/1
$disk
connect linux
verify sector=0 count=8 pattern=7
close
destroy
END
touch "$D/two"
wait_flag first-b
guest 5 <<END
$create params=nbd:unix:$D/s2
connect linux
close
destroy
END
touch "$D/go"
wait_guest 1-b
wait_guest 1
finish
