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

# expect_near WHAT VALUE WANTED: within a tenth; under valgrind or a sanitizer
# half as much is enough
expect_near ()
{
  en_least=$((9 * $3))
  [ "$SCALE" = 1 ] || en_least=$((5 * $3))
  [ $((10 * $2)) -ge $en_least ] && [ $((10 * $2)) -le $((11 * $3)) ] ||
    fail "$1: $2, not about $3"
}
