#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A target that is none, or that does not parse: the script fails, and its
# words name the target and what is wrong with it.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
refused /dev/vda 'target "/dev/vda": '
refused phy:/dev/vda '"phy:/dev/vda"'
refused nbd:unix:relative 'relative'
refused nbd:host:99999 '99999|port'
refused nbd:host:12x '12x|port'
refused nbd://h/%00 '%00|control|escape'
refused 'nbd+unix:///?socket=' 'socket|path'
refused "nbd://h/x?nonsense=1" 'nonsense'
refused 'nbds://h/x' 'tls'
# And a good one after all those.
guest 1 <<END
$disk
connect linux
close
destroy
END
finish
