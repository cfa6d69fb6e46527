# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# For tests of the daemon's control socket; read after lib.sh.

need perl

# nbdctl ARGUMENT...
nbdctl ()
{
  "$BUILDDIR/xen-nbdctl" --run-dir "$run_dir" "$@"
}

# expect_nbdctl STATUS REGEX ARGUMENT...: what it says, on either descriptor
expect_nbdctl ()
{
  en_status=$1 en_regex=$2
  shift 2
  nbdctl "$@" >"$D/nbdctl" 2>&1
  en_got=$?
  [ $en_got = "$en_status" ] ||
    fail "xen-nbdctl $*: status $en_got, not $en_status: $(cat "$D/nbdctl")"
  grep -Eq -- "$en_regex" "$D/nbdctl" ||
    fail "xen-nbdctl $*: it does not say '$en_regex' but: $(cat "$D/nbdctl")"
}

# packets PERL: each string of that list in a packet of its own; prints the
# answers, and "end" where the daemon hangs up.  SECONDS: for each answer but
# the first.
packets ()
{
  perl -MSocket -e '
    $SIG{PIPE} = "IGNORE";
    my ($path, $list, $seconds) = @ARGV;
    socket (my $s, AF_UNIX, SOCK_SEQPACKET, 0) or die "socket: $!";
    connect ($s, pack_sockaddr_un ($path)) or die "connect: $!";
    for (eval $list) {
      send ($s, $_, 0) if length;
    }
    my $bits = "";
    vec ($bits, fileno ($s), 1) = 1;
    my $first = $seconds < 10 ? 10 : $seconds;
    while (select (my $ready = $bits, undef, undef, $first)) {
      $first = $seconds;
      defined recv ($s, my $answer, 65536, 0) or print ("end\n"), exit;
      length $answer or print ("end\n"), exit;
      print "$answer\n";
    }
    print "silent\n"' "$run_dir/control.sock" "$1" "${2:-$((2 * SCALE))}"
}
