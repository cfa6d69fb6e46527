# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# For tests with a server whose cache is lost when it dies: volatile.py.

. "$SRCDIR/tests/e2e/lib.sh"

need python3

# start_volatile [OPTION=VALUE...]: it listens on $D/s1; $D/disk is what lasts,
# $D/trace says what it did.
start_volatile ()
{
  truncate -s 4M "$D/disk"
  start_nbdkit s1 python "$SRCDIR/tests/e2e/volatile.py" disk="$D/disk" \
    trace="$D/trace" "$@"
}

truncate -s 4M "$D/disk"
nbdkit -U - python "$SRCDIR/tests/e2e/volatile.py" disk="$D/disk" \
  trace="$D/trace" --run true >/dev/null 2>&1 ||
  skip "nbdkit has no python"
rm -f "$D/trace"
