# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# For sh scripts: a Xen host in a directory.  FAKE_XEN_BIN is the folder
# that build.sh wrote to.
#
#   fake_xen_start DIR     DIR must be new or empty, and its path short
#   fake_xen_stop [NAME..] ends it; fails if a grant is still mapped or if
#                          anything was refused but what NAMEs say
#                          (fake-xen-ctl counters)
#
# In between, whatever is started finds the fake host, and the real
# libxenstore the fake xenstored.

fake_xen_start ()
{
    : "${FAKE_XEN_BIN:?is not set}"
    mkdir -p "$1" || return 1
    FAKE_XEN_DIR=$(cd "$1" && pwd)
    XENSTORED_PATH=$FAKE_XEN_DIR/store
    fake_xen_old_path=$LD_LIBRARY_PATH
    LD_LIBRARY_PATH=$FAKE_XEN_BIN/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    export FAKE_XEN_DIR XENSTORED_PATH LD_LIBRARY_PATH
    "$FAKE_XEN_BIN/fake-xen-ctl" init "$FAKE_XEN_DIR" || return 1
    "$FAKE_XEN_BIN/fake-xenstored" "$XENSTORED_PATH" &
    fake_xen_pid=$!
    if ! "$FAKE_XEN_BIN/wait-for" 10 file "$XENSTORED_PATH"; then
        echo "fake_xen_start: xenstored does not start" >&2
        return 1
    fi
}

fake_xen_stop ()
{
    fake_xen_status=0
    fake_xen_mapped=$("$FAKE_XEN_BIN/fake-xen-ctl" grants-mapped)
    if [ "$fake_xen_mapped" != 0 ]; then
        echo "fake_xen_stop: $fake_xen_mapped grants are still mapped:" >&2
        "$FAKE_XEN_BIN/fake-xen-ctl" maps >&2
        fake_xen_status=1
    fi
    if ! "$FAKE_XEN_BIN/fake-xen-ctl" refusals "$@" >&2; then
        echo "fake_xen_stop: the above were refused" >&2
        fake_xen_status=1
    fi
    fake_xen_kill
    return $fake_xen_status
}

# Only ends it: for traps.
fake_xen_kill ()
{
    [ -n "$fake_xen_pid" ] || return 0
    kill "$fake_xen_pid" 2>/dev/null
    wait "$fake_xen_pid" 2>/dev/null
    fake_xen_pid=
    LD_LIBRARY_PATH=$fake_xen_old_path
    rm -f "$FAKE_XEN_DIR"/domain.* "$FAKE_XEN_DIR"/evtchn.* \
        "$FAKE_XEN_DIR"/host "$FAKE_XEN_DIR"/locks "$XENSTORED_PATH"*
}
