#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# bash completes xen-nbdctl's commands, options and the names of disks.

. "$SRCDIR/tests/e2e/lib.sh"
need bash

start_nbdkit s1 memory 16M
start_daemon
start_guest 1 <<END
$disk
sh touch $D/created
sh wait-flag seen
destroy
END
wait_flag created
cat >"$D/complete" <<'END'
. "$SRCDIR/contrib/bash-completion/xen-nbdctl"
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_xen_nbdctl
echo "${COMPREPLY[*]}"
END
# completes WANTED WORD...: the last one is completed
completes ()
{
  co_wanted=$1
  shift
  expect_equal "completion of '$*'" \
    "$(bash "$D/complete" "$BUILDDIR/xen-nbdctl" "$@")" "$co_wanted"
}
completes "stats" sta
completes "list log-level limit" l
completes "--json" --j
completes "debug" log-level d
completes "vbd/1/51712" --run-dir "$run_dir" show v
completes "vbd/1/51712" --run-dir "$run_dir" --json stats ""
completes "" --run-dir "$run_dir" show qdisk
completes "" --interval ""
completes "" list ""
completes "vbd/1/51712" --run-dir "$run_dir" policy v
completes "on-read-error= on-write-error=" policy vbd/1/51712 on
completes "" show vbd/1/51712 v
completes "stop" policy vbd/1/51712 on-read-error = s
completes "on off" policy vbd/1/51712 write-cache =
completes "vbd/1/51712" --run-dir = "$run_dir" show v
# No blank behind a = in a shell of somebody's.
cat >"$D/tab" <<'END'
. "$SRCDIR/contrib/bash-completion/xen-nbdctl"
compopt () { echo "compopt $*"; }
COMP_WORDS=(xen-nbdctl limit 1/xvda "$1")
COMP_CWORD=3
_xen_nbdctl
END
expect_equal "limit-o" "$(bash "$D/tab" limit-o)" 'compopt -o nospace'
expect_equal "limit-x" "$(bash "$D/tab" limit-x)" ''
touch "$D/seen"
wait_guest 1
finish
