# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# For the tests of this folder: the real daemon and its workers, a real NBD
# server, a Xen host that is not there (tests/fake-xen) and a guest that is a
# program (tests/fake-guest).
#
#   BUILDDIR, SRCDIR   where the programs and the sources are
#   FAKE_XEN_BIN       what tests/fake-xen/build.sh wrote; as a rule
#                      BUILDDIR/tests/fake-xen/out
#   WRAPPER            run daemon and workers with this, such as
#                      "valgrind -q --error-exitcode=99"
#   ALL                1: repeat as often as can be borne, not as is usual
#   SCALE              more than 1: the programs are slower and larger than they
#                      are built to be, as with WRAPPER
#
# Seconds are what nothing of the test may move for, not what the wall's clock
# says: tests/wait/stillness.h.  So a slow or busy machine needs no others.
#
# A test is
#
#   . "$SRCDIR/tests/e2e/lib.sh"
#   start_nbdkit s1 memory 64M
#   start_daemon
#   guest 1 <<END
#   ...
#   END
#   finish
#
# and has its own directory $D.  0: passed, 77: skipped.  Whatever was
# started is ended by its process number, however the test ends.

: "${BUILDDIR:?is not set}" "${SRCDIR:?is not set}"
FAKE_XEN_BIN=${FAKE_XEN_BIN:-$BUILDDIR/tests/fake-xen/out}
WRAPPER=${WRAPPER:-}
SCALE=${SCALE:-${WRAPPER:+8}}
SCALE=${SCALE:-1}
wait_for_it=$FAKE_XEN_BIN/wait-for
export BUILDDIR SRCDIR FAKE_XEN_BIN
# What a sanitizer finds has to be seen, and a leak in a worker, too.
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"

skip ()
{
  echo "SKIP: $*"
  exit 77
}

need ()
{
  for need_program; do
    command -v "$need_program" >/dev/null || skip "there is no $need_program"
  done
}

need nbdkit timeout xenstore-read xenstore-write xenstore-ls
[ -x "$FAKE_XEN_BIN/fake-guest" ] ||
  skip "no fake guest; build it with tests/fake-xen/build.sh $FAKE_XEN_BIN"
. "$SRCDIR/tests/fake-xen/env.sh"

D=$(mktemp -d /tmp/nbdback-e2e.XXXXXX) || exit 1
export D
run_dir=$D/run
log=$D/log
daemon=
processes=
: >"$D/workers"
: >"$log"
trap 'status=$?; cleanup; exit $status' EXIT
trap 'exit 1' INT TERM HUP

fail ()
{
  echo "FAIL: $*"
  exit 1
}

say ()
{
  echo "$*"
}

# Is this process there, and no zombie?
alive ()
{
  case $(sed 's/.*) //' "/proc/${1:-none}/stat" 2>/dev/null) in
    '' | Z* | X*) return 1 ;;
  esac
}

# end_process SIGNAL PID...
end_process ()
{
  ep_signal=$1
  shift
  for ep_pid; do
    if [ "$ep_pid" ] && alive "$ep_pid"; then
      kill -CONT "$ep_pid" 2>/dev/null
      kill "-$ep_signal" "$ep_pid" 2>/dev/null
    fi
  done
}

# Is this process one of ours?  Numbers are used again.
is_ours ()
{
  { tr '\0' '\n' <"/proc/$1/environ"; } 2>/dev/null | grep -qx "D=$D"
}

cleanup ()
{
  trap - EXIT INT TERM HUP
  if [ "$status" != 0 ] && [ "$status" != 77 ]; then
    echo "---- xenstore:"
    XENSTORED_PATH=$D/x/store timeout 5 xenstore-ls -f 2>&1 | tail -n 80
    echo "---- $log:"
    tail -n 300 "$log"
    [ -z "${KEEP:-}" ] || echo "kept: $D"
  fi
  end_process KILL $daemon $processes
  for cl_pid in $(cat "$D/workers"); do
    is_ours "$cl_pid" && end_process KILL "$cl_pid"
  done
  fake_xen_kill
  [ -n "${KEEP:-}" ] || rm -rf "$D"
}

# wait_until SECONDS CONDITION...: until that holds; fails if it does not.  A
# condition is one that wait-for knows, or a function.
wait_until ()
{
  case $2 in
    file | no-file | line | node | no-node | ended | ended-of | childless)
      "$wait_for_it" "$@" ;;
    *)
      wait_until_function "$@" ;;
  esac
}

# Only a shell can call its functions: wait-for keeps the time, and wakes us.
wait_until_function ()
{
  wu_seconds=$1
  shift
  ! "$@" >/dev/null 2>&1 || return 0
  "$wait_for_it" "$wu_seconds" no-file "$D" &
  wu_timer=$!
  while ! "$@" >/dev/null 2>&1; do
    if ! alive $wu_timer; then
      wait $wu_timer
      return 1
    fi
    sleep 0.1
  done
  # Another signal may come before it is wait-for, and be lost.
  kill -KILL $wu_timer
  wait $wu_timer 2>/dev/null
  return 0
}

# wait_for SECONDS WHAT CONDITION...: the same, and if not it is a failed test.
wait_for ()
{
  wf_seconds=$1 wf_what=$2
  shift 2
  wait_until "$wf_seconds" "$@" ||
    fail "after $wf_seconds s in which nothing moved: $wf_what"
}

# few_or_many FEW MANY: how often a test repeats what it does: MANY times with
# ALL=1, as in `./quickstart check all', if the programs have their usual speed.
few_or_many ()
{
  [ "${ALL:-0}" = 1 ] && [ "$SCALE" = 1 ] && echo "$2" || echo "$1"
}

# expect_equal WHAT VALUE WANTED
expect_equal ()
{
  [ "$2" = "$3" ] || fail "$1 is '$2', not '$3'"
}

# ---- the host and the daemon

fake_xen_start "$D/x" || fail "the fake host does not start"
ctl=$FAKE_XEN_BIN/fake-xen-ctl

# Every worker says who it is, and is wrapped as the daemon is.
cat >"$D/worker" <<'END'
#!/bin/sh
echo $$ >>"$D/workers"
echo $$ >"$D/worker-$(echo "$2" | tr / -)"
exec $WRAPPER "$BUILDDIR/xen-nbdback-worker" "$@"
END

# What libxl runs: contrib/block-nbdback without what is for xen-blkback.
cat >"$D/hot" <<'END'
#!/bin/sh
[ "$1" = add ] || exit 0
if reason=$("$BUILDDIR/xen-nbdctl" --run-dir "$D/run" claim \
            "${XENBUS_PATH#*backend/}" 2>&1); then
  exec xenstore-write "$XENBUS_PATH/hotplug-status" connected
fi
xenstore-write "$XENBUS_PATH/hotplug-error" "${reason:-no reason}" \
  "$XENBUS_PATH/hotplug-status" error
exit 1
END
chmod +x "$D/worker" "$D/hot"
export WRAPPER

# For tests that start a second daemon.  To find a worker again it needs
# pidfd_open, which valgrind did not know before 3.20: only the workers are
# wrapped then.
daemon_wrapper=$WRAPPER
restarts_daemon ()
{
  case $WRAPPER in
    *valgrind*) daemon_wrapper= ;;
  esac
}

# launch_daemon [ARGUMENT...]: and do not wait for it
launch_daemon ()
{
  $daemon_wrapper "$BUILDDIR/xen-nbdback" --run-dir "$run_dir" \
    --worker "$D/worker" "$@" >>"$log" 2>&1 </dev/null &
  daemon=$!
}

# start_daemon [ARGUMENT...]
start_daemon ()
{
  launch_daemon "$@"
  wait_until 10 file "$run_dir/control.sock"
  wait_for 10 "the daemon does not answer" daemon_answers
}

# A device that is not there is refused, but it is an answer.
daemon_answers ()
{
  alive "$daemon" || fail "the daemon has ended"
  "$BUILDDIR/xen-nbdctl" --run-dir "$run_dir" claim vbd/32000/1
  [ $? = 1 ]
}

# Politely: it has to end with status 0.
stop_daemon ()
{
  kill -TERM "$daemon"
  wait_for 10 "the daemon does not end" ended "$daemon"
  wait "$daemon"
  sd_status=$?
  daemon=
  [ $sd_status = 0 ] || fail "the daemon ended with status $sd_status"
}

kill_daemon ()
{
  kill -KILL "$daemon"
  wait "$daemon" 2>/dev/null
  daemon=
}

not ()
{
  ! "$@"
}

# worker KIND/DOMID/DEVID: the process number of the last one
worker ()
{
  cat "$D/worker-$(echo "$1" | tr / -)"
}

no_worker ()
{
  for nw_pid in $(cat "$D/workers"); do
    ! alive "$nw_pid" || ! is_ours "$nw_pid" || return 1
  done
}

logged ()
{
  grep -Eiq -- "$1" "$log"
}

no_child ()
{
  [ -z "$daemon" ] ||
    [ -z "$(cat "/proc/$daemon/task/$daemon/children")" ]
}

# Once a disk is removed its worker ends; the export is free when the daemon
# knows that.
wait_no_worker ()
{
  wait_for 12 "a worker is left" ended-of "$D/workers"
  [ -z "$daemon" ] ||
    wait_for 5 "the daemon has not seen its worker end" childless "$daemon"
  [ -z "$daemon" ] || daemon_answers || fail "the daemon does not answer"
}

# wait_log SECONDS REGEX
wait_log ()
{
  wait_for "$1" "nothing like '$2' in the daemon's log" line "$log" "$2"
}

# What a sanitizer or valgrind has to say; the one is about a thread that was
# ending while leaks were looked for.
no_complaints ()
{
  ! grep -E '^==[0-9]+==|runtime error:|Assertion .* failed' "$log" |
    grep -v 'Unable to get registers from thread'
}

# finish [COUNTER...]: all is given back, and nothing was refused by the
# fake host but what the COUNTERs name.
finish ()
{
  wait_no_worker
  if [ "$daemon" ]; then
    stop_daemon
  fi
  [ -z "$(find "$run_dir" -name '*-*.sock' 2>/dev/null)" ] ||
    fail "sockets are left: $(ls "$run_dir")"
  no_complaints || fail "see above"
  [ -z "$(xenstore-ls -f /local/domain/0/error 2>/dev/null |
          grep '/error = ')" ] || fail "an error node is left"
  fake_xen_stop "$@" || fail "the fake host complains"
  exit 0
}

# ---- NBD servers

# start_nbdkit NAME ARGUMENT...: it listens on $D/NAME
start_nbdkit ()
{
  sn_name=$1
  shift
  rm -f "$D/$sn_name" "$D/$sn_name.pid"
  nbdkit -f -U "$D/$sn_name" -P "$D/$sn_name.pid" "$@" </dev/null \
    >>"$D/$sn_name.log" 2>&1 &
  eval "server_$sn_name=$!"
  processes="$processes $!"
  wait_until 10 line "$D/$sn_name.pid" . ||
    fail "nbdkit does not listen: $(tail -n 2 "$D/$sn_name.log")"
}

# start_nbdkit_tcp NAME ADDRESS ARGUMENT...: it listens on a port of ADDRESS
# that is free, on the same one when it is started again; port NAME says which.
# Fails where there is no such address.
start_nbdkit_tcp ()
{
  st_name=$1 st_address=$2
  shift 2
  eval "st_port=\${port_$st_name:-}"
  st_free=${st_port:-$((20000 + ($$ * 37 + 1009 * ${#st_name}) % 12000))}
  while :; do
    rm -f "$D/$st_name.pid"
    nbdkit -f -i "$st_address" -p "$st_free" -P "$D/$st_name.pid" "$@" \
      </dev/null >"$D/$st_name.log" 2>&1 &
    st_pid=$!
    wait_until 10 listens_or_not "$D/$st_name.pid" $st_pid
    [ ! -s "$D/$st_name.pid" ] || break
    end_process KILL $st_pid
    { [ -z "$st_port" ] && grep -q 'in use' "$D/$st_name.log"; } || return 1
    st_free=$((20000 + (st_free - 20000 + 101) % 12000))
  done
  eval "port_$st_name=$st_free; server_$st_name=$st_pid"
  processes="$processes $st_pid"
}

listens_or_not ()
{
  [ -s "$1" ] || ! alive "$2"
}

port ()
{
  eval "echo \$port_$1"
}

server ()
{
  eval "echo \$server_$1"
}

# kill_server NAME [SIGNAL]
kill_server ()
{
  kill "-${2:-KILL}" "$(server "$1")"
  wait "$(server "$1")" 2>/dev/null
}

# need_filter NAME...
need_filter ()
{
  for nf_name; do
    nbdkit --dump-plugin --filter="$nf_name" memory >/dev/null 2>&1 ||
      skip "nbdkit has no filter $nf_name"
  done
}

# ---- guests

# A line that creates the disk with the script; more keys may follow it.
create="create script=/etc/xen/scripts/block-nbdback hotplug=$D/hot"
disk="$create params=nbd:unix:$D/s1"

# try_guest DOMID [OPTION...]: with the commands on standard input.  Its
# output is in $D/guest.  It is ended when nothing moves for so many seconds:
guest_patience=60
try_guest ()
{
  tg_domid=$1
  shift
  "$wait_for_it" $guest_patience run "$FAKE_XEN_BIN/fake-guest" --domid "$tg_domid" \
    "$@" --script - >"$D/guest" 2>&1
}

# The same, and it must succeed.
guest ()
{
  try_guest "$@" ||
    fail "guest $1: $(cat "$D/guest")"
}

# start_guest DOMID [OPTION...]: in the background.  The guest's "sh touch
# $D/X" is seen with wait_flag X, and the guest waits with "sh wait-flag X".
start_guest ()
{
  sg_name=$1
  shift
  cat >"$D/script.$sg_name"
  "$wait_for_it" $guest_patience run "$FAKE_XEN_BIN/fake-guest" --domid "${sg_name%-*}" \
    "$@" --script "$D/script.$sg_name" >"$D/guest.$sg_name" 2>&1 </dev/null &
  eval "guest_$(echo "$sg_name" | tr - _)=$!"
  processes="$processes $!"
}

# try_wait DOMID: until it has ended; returns its status.
try_wait ()
{
  eval "wait \$guest_$(echo "$1" | tr - _)"
}

wait_guest ()
{
  try_wait "$1" || fail "guest $1: $(cat "$D/guest.$1")"
}

wait_flag ()
{
  wait_until "${2:-20}" file "$D/$1" ||
    fail "no $1 from the guest: $(cat "$D"/guest.*)"
}

# For a guest's script: sh wait-flag X
cat >"$D/wait-flag" <<'END'
#!/bin/sh
exec "$FAKE_XEN_BIN/wait-for" 50 file "$D/$1"
END
chmod +x "$D/wait-flag"
PATH=$D:$PATH

# ---- nodes

# backend DOMID [KIND [DEVID]], error_node the same: 51712 is xvda
backend ()
{
  echo "/local/domain/0/backend/${2:-vbd}/$1/${3:-51712}"
}

error_node ()
{
  echo "/local/domain/0/error/backend/${2:-vbd}/$1/${3:-51712}/error"
}

node ()
{
  xenstore-read "$1" 2>/dev/null
}

no_node ()
{
  ! xenstore-read "$1" >/dev/null 2>&1
}

node_is ()
{
  node "$1" | grep -Eiq -- "$2"
}

# wait_node SECONDS PATH REGEX
wait_node ()
{
  wait_until "$1" node "$2" "$3" ||
    fail "$2 is not like '$3' but '$(node "$2")'"
}

wait_no_node ()
{
  wait_until "$1" no-node "$2" || fail "$2 is still '$(node "$2")'"
}

# refused TARGET REGEX [KEY=VALUE...]: the script fails, with a reason.
refused ()
{
  rf_target=$1 rf_regex=$2
  shift 2
  refused_domid=$((${refused_domid:-100} + 1))
  ! try_guest $refused_domid <<END || fail "$rf_target was not refused"
$create params=$rf_target $*
END
  node_is "$(backend $refused_domid)/hotplug-error" "$rf_regex" ||
    fail "$rf_target: hotplug-error is '$(node "$(backend $refused_domid)/hotplug-error")'"
  guest $refused_domid <<END
destroy
END
}
