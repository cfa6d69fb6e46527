#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The fake guest against fake-blkback: everything works where nothing is
# wrong, and whatever the backend does wrong is noticed.
# FAKE_XEN_BIN is the folder that build.sh wrote to.

cd "$(dirname "$0")" || exit 1
. ./env.sh

dir=$(mktemp -d) || exit 1
fake_xen_start "$dir/x" || exit 1
backend=
trap 'kill $backend 2>/dev/null; fake_xen_kill; rm -rf "$dir"' EXIT
domid=0
failures=0

# run BUG: with the script on standard input.
run ()
{
    domid=$((domid + 1))
    "$FAKE_XEN_BIN/fake-blkback" vbd/$domid/51712 "$1" &
    backend=$!
    { echo "create params=x script=x"; cat; } |
        "$FAKE_XEN_BIN/wait-for" 60 run "$FAKE_XEN_BIN/fake-guest" --domid $domid --script - \
            >"$dir/out" 2>&1
    status=$?
}

fail ()
{
    echo "FAIL: $*"
    cat "$dir/out"
    failures=$((failures + 1))
}

give_up ()
{
    kill $backend 2>/dev/null
    wait $backend 2>/dev/null
    "$FAKE_XEN_BIN/fake-guest" --domid $domid "destroy timeout=0.1" \
        >/dev/null 2>&1
}

# good NAME: no problem, and all is given back.
good ()
{
    run none
    [ $status = 0 ] || fail "$1"
    [ $status = 0 ] || give_up
    wait $backend
}

# bad BUG TEXT: the guest says TEXT.
bad ()
{
    run "$1"
    [ $status != 0 ] || fail "$1: not noticed"
    grep -q "$2" "$dir/out" || fail "$1: without '$2'"
    give_up
}

workload='
write sector=0 count=64 pattern=7
verify sector=0 count=64 pattern=7
write sector=100 count=50 pattern=9 skip=3 fragment=5
verify sector=100 count=50 pattern=9 skip=1 fragment=3
flush
discard sector=0 count=8
read sector=65535 count=1
read sector=65535 count=2 expect=error
load rw=randrw depth=32 requests=300 verify=1 flush=16'

for style in linux grub minios ovmf windows freebsd; do
    for protocol in x86_64-abi x86_32-abi none; do
        good "$style $protocol" <<END
connect $style protocol=$protocol
$workload
close
state 1
wait-state 2
connect linux
$workload
close
destroy
END
    done
done

for how in order=1 order=4 queues=4 "order=2 queues=3 segments=32" \
    segments=256 "segments=256 protocol=x86_32-abi" persistent=1 \
    "persistent=1 segments=64 queues=2"; do
    good "$how" <<END
connect linux $how
$workload
load rw=randrw bs=32768 depth=64 requests=200 verify=1
close
destroy
END
done
good "forced" <<END
connect linux
write sector=0 count=800 async=1
destroy
END
good "detach" <<END
connect linux
detach
destroy
END

io='connect linux
write sector=0 count=12
read sector=0 count=4
verify sector=0 count=12
close'
bad no-unmap 'has not unmapped' <<END
$io
END
bad wrong-op 'answer for operation' <<END
$io
END
bad wrong-id 'unknown id' <<END
connect linux
write sector=0 count=8 timeout=1
END
bad twice 'too far ahead' <<END
connect linux
write sector=0 count=12 timeout=1
END
bad padding 'dirty bytes' <<END
$io
END
bad stray 'outside of sectors' <<END
$io
END
bad corrupt 'does not have pattern' <<END
$io
END
bad no-notify 'not answered' <<END
connect linux
write sector=0 count=8 timeout=1
END
bad indirect-op 'answer for operation 6' <<END
connect linux segments=32
write sector=0 count=200
END
bad keep-persistent 'still mapped' <<END
connect linux persistent=1
write sector=0 count=8
close
END

fake_xen_stop revoke_refused unmap_refused || failures=$((failures + 1))
[ $failures = 0 ] && echo "test-guest: all passed"
[ $failures = 0 ]
