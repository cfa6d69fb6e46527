#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The fake host: the real xenstore tools against fake-xenstored, and the
# libraries' own test.  FAKE_XEN_BIN is the folder that build.sh wrote to.

cd "$(dirname "$0")" || exit 1
. ./env.sh

dir=$(mktemp -d) || exit 1
fake_xen_start "$dir/x" || exit 1
trap 'fake_xen_kill; rm -rf "$dir"' EXIT
ctl=$FAKE_XEN_BIN/fake-xen-ctl
failures=0

# is NAME WANTED GOT
is ()
{
    [ "$2" = "$3" ] && return
    echo "FAIL: $1: '$3', not '$2'"
    failures=$((failures + 1))
}

"$FAKE_XEN_BIN/fake-xen-test" || failures=$((failures + 1))

is "relative path" 0 "$(xenstore-read domid)"
xenstore-write /a/b/c hello /a/b/d world
is read hello "$(xenstore-read /a/b/c)"
is list "c d" "$(xenstore-list /a/b | xargs)"
is "parent has no value" "" "$(xenstore-read /a/b)"
xenstore-read /a/x 2>/dev/null && is "missing node" absent present
xenstore-write bad//path 1 2>/dev/null && is "bad path" refused taken

# A transaction of many nodes, and a list that needs several messages.
i=0
while [ $i -lt 300 ]; do
    echo "/many/a-rather-long-name-of-a-node-$i $i"
    i=$((i + 1))
done | xargs -n 100 timeout 20 xenstore-write
is "long list" 300 "$(xenstore-list /many | wc -l | xargs)"
xenstore-rm /many
is "no list" 0 "$(xenstore-list /many 2>/dev/null | wc -l | xargs)"

# Watches: at once, below, and when an ancestor goes.
timeout 20 xenstore-watch -n 4 /a >"$dir/w1" &
w1=$!
timeout 20 xenstore-watch -n 2 /a/b/c >"$dir/w2" &
w2=$!
sleep 0.3
xenstore-write /a/e 1
xenstore-write /elsewhere 1
xenstore-write /a/f 1
xenstore-rm /a/b
wait $w1 $w2
is "watch of a directory" "/a /a/e /a/f /a/b" "$(xargs <"$dir/w1")"
is "watch of a removed node" "/a/b/c /a/b/c" "$(xargs <"$dir/w2")"

# Permissions, as another domain.
"$FAKE_XEN_BIN/fake-guest" --domid 5 "create params=x script=x wait=0"
xenstore-write /local/domain/5/data 1 /secret 1
as5 ()
{
    XENSTORED_PATH=$XENSTORED_PATH-5 timeout 5 "$@" 2>/dev/null
}
is "own directory" 1 "$(as5 xenstore-read data)"
as5 xenstore-write data 2 || is "write own" allowed refused
is "own write" 2 "$(xenstore-read /local/domain/5/data)"
as5 xenstore-read /secret && is "foreign read" refused allowed
as5 xenstore-write /secret 2 && is "foreign write" refused allowed
as5 xenstore-write /local/domain/0/x 2 && is "write dom0's" refused allowed
is "the backend's is readable" 1 \
    "$(as5 xenstore-read /local/domain/0/backend/vbd/5/51712/state)"
as5 xenstore-write /local/domain/0/backend/vbd/5/51712/state 4 &&
    is "the backend's" read-only writable

# Faults.
"$ctl" fail store_write 2 1 ENOSPC
xenstore-write /q 1 || is "first write" done failed
xenstore-write /q 2 2>/dev/null && is "second write" failed done
is "the value before" 1 "$(xenstore-read /q)"
before=$("$ctl" counters store_conflict)
"$ctl" fail store_transaction 1 3
timeout 20 xenstore-write /q 3 /q2 3
is "after conflicts" 3 "$(xenstore-read /q)"
is conflicts $((before + 3)) "$("$ctl" counters store_conflict)"
"$ctl" store-outage 0.3
xenstore-read /q 2>/dev/null && is "in an outage" nothing something
sleep 0.6
is "after it" 3 "$(xenstore-read /q)"
"$ctl" store-outage 0 lose
sleep 0.2
xenstore-read /q 2>/dev/null && is "when all is lost" nothing something
is "but the base" 0 "$(xenstore-read domid)"

"$ctl" reset
fake_xen_stop || failures=$((failures + 1))
[ $failures = 0 ] && echo "test-host: all passed"
[ $failures = 0 ]
