# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# For tests of a worker that is of another version than the daemon; read after
# lib.sh.  be_version says which, from now on: other-version.py.

need python3
restarts_daemon

mv "$D/worker" "$D/real-worker"
cat >"$D/worker" <<'END'
#!/bin/sh
exec python3 "$SRCDIR/tests/e2e/other-version.py" "$D/real-worker" "$@"
END
chmod +x "$D/worker"

be_version ()
{
  echo "$1" >"$D/version.new"
  mv "$D/version.new" "$D/version"
}

# Nothing that the worker would not know was sent to it.
all_known ()
{
  [ ! -e "$D/not-known" ] ||
    fail "the worker was sent what it does not know: $(cat "$D/not-known")"
}

ticks ()
{
  sed 's/.*) //' "/proc/$daemon/stat" | awk '{ print $12 + $13 }'
}

# The daemon has nothing to do, and does nothing.
does_not_spin ()
{
  ds_before=$(ticks)
  sleep 2
  ds_used=$(($(ticks) - ds_before))
  [ $ds_used -le $((10 * SCALE)) ] || fail "$ds_used ticks in 2 seconds"
}
