#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Only root can open the control socket, and whatever it is sent there is
# answered with one line and does no harm.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"

# answers PERL REGEX: one answer that is like it, and then the end
answers ()
{
  packets "$1" ${3:+0.5} >"$D/answer"
  grep -Eq -- "$2" "$D/answer" ||
    fail "$1: it does not say '$2' but: $(cat "$D/answer")"
  expect_equal "what follows the answer to $1" "$(sed 1d "$D/answer")" \
    "${3:-end}"
}

start_daemon
expect_equal "the socket's mode" "$(stat -c %a "$run_dir/control.sock")" 600
lines=$(wc -l <"$log")
answers '"x"' '"code":2.*the packet is no JSON'
answers '"\0" x 100' '"code":2.*the packet is no JSON'
answers '"[" x 30000' '"code":2.*the packet is no JSON'
answers '"{" x 32768' '"code":2.*the packet is no JSON'
answers '"x" x 32769' 'the packet is too long; 32768 bytes are allowed'
answers '"x" x 100000' 'the packet is too long; 32768 bytes are allowed'
answers '"[]"' 'not an object of type'
answers '"{}"' 'not an object of type'
answers '"{\"type\":\"ask\",\"serial\":-1,\"verb\":\"list\"}"' 'with a serial from 0'
answers '"{\"type\":\"ask\",\"serial\":1e99,\"verb\":\"list\"}"' 'with a serial from 0'
answers '"{\"type\":\"ask\",\"serial\":1,\"serial\":1}"' 'no JSON'
answers '"{\"type\":\"ask\",\"serial\":3}"' '"serial":3.*verb: it must be'
answers '"{\"type\":\"ask\",\"serial\":3,\"verb\":[]}"' 'verb: it must be'
answers '"{\"type\":\"ask\",\"serial\":3,\"verb\":\"" . "v" x 99 . "\"}"' 'verb: it must be'
answers '"{\"type\":\"ask\",\"serial\":3,\"verb\":\"list\",\"device\":{}}"' 'device: it must be'
answers '"{\"type\":\"open\",\"serial\":1}"' 'not an object of type'
answers '"{\"type\":\"quit\",\"serial\":1}"' 'not an object of type'
# These are questions: the daemon waits for the next one.
answers '"{\"type\":\"ask\",\"serial\":3,\"verb\":\"dance\"}"' '"code":2.*there are .*list' silent
answers '"{\"type\":\"ask\",\"serial\":3,\"verb\":\"show\"}"' '"code":2.*has to name a disk' silent
answers '"{\"type\":\"ask\",\"serial\":3,\"verb\":\"list\",\"after\":7}"' '"code":2.*KIND/DOMID/DEVID' silent
answers '"{\"type\":\"ask\",\"serial\":3,\"verb\":\"list\",\"after\":\"x\"}"' '"code":2.*KIND/DOMID/DEVID' silent
expect_equal "lines in the log" "$(wc -l <"$log")" "$lines"
# Questions that never end, and nobody who takes the answers.
packets '("{\"type\":\"ask\",\"serial\":3,\"verb\":\"list\"}") x 3000' 0.5 >"$D/answer"
# Everyone at once: some are turned away, and then there is room again.
perl -MSocket -e '
  for (1 .. 100) {
    socket ($s[$_], AF_UNIX, SOCK_SEQPACKET, 0);
    connect ($s[$_], pack_sockaddr_un ($ARGV[0]));
    send ($s[$_], "{\"type\":\"ask\"", 0) if $_ % 2;
  }
  sleep 1' "$run_dir/control.sock" 2>/dev/null
expect_nbdctl 0 '^DEVICE' list
finish
