# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# For tests of limits; read after lib.sh.
#
# On a busy machine programs run late.  What a limit allowed meanwhile is not
# lost as long as it fits the burst, so bursts are large here, and either count
# or are used up before.

# requests FILE: requests a second that a load with json=FILE made
requests ()
{
  sed -nE 's/.*"iops": ([0-9]+).*/\1/p' "$1"
}

# waited: microseconds in which something on this machine waited for a processor
# (Linux, Documentation/accounting/psi.rst); ran: those since it was booted
waited ()
{
  sed -n 's/^some .*total=//p' /proc/pressure/cpu 2>/dev/null || echo 0
}

ran ()
{
  sed 's/\([0-9]*\)\.\([0-9][0-9]\) .*/\1\20000/' /proc/uptime
}

ran=$(ran) waited=$(waited)

# Had somebody to wait for more than half of the time since the test began?
machine_is_busy ()
{
  [ $((2 * ($(waited) - waited))) -gt $(($(ran) - ran)) ]
}

# expect_near WHAT VALUE WANTED [MOST]: within a tenth, or no more than MOST and
# a tenth.  A limit is never exceeded; under valgrind or a sanitizer half of it
# is enough, and a machine that is busy gives what it can.
expect_near ()
{
  en_least=$((9 * $3))
  [ "$SCALE" = 1 ] || en_least=$((5 * $3))
  [ $((10 * $2)) -ge $en_least ] || ! machine_is_busy || en_least=$3
  [ $((10 * $2)) -ge $en_least ] && [ $((10 * $2)) -le $((11 * ${4:-$3})) ] ||
    fail "$1: $2, not about $3"
}
