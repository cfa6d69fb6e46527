# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Nobody listens, or somebody who says nothing: xl create prints the reason and fails in time; with the server there
# the second xl create works.
# when: all       err-target shows a refusal on real Xen, error-absent this one

printf 'connect-timeout = 3\n' >/etc/xen-nbdback.conf
start_daemon
truncate -s 64M "$W/disk"
make_guest g1 pv guest "$(script_disk s1 xvda)"

# refused REGEX
refused ()
{
  began=$(now)
  must_not xl create -p "$W/g1.cfg"
  expect_in "$W/out" "$1" "what xl create says"
  [ $(($(now) - began)) -lt 20 ] || fail "xl create took $(($(now) - began)) s"
  wait_for 10 "a worker is left" no_worker
}

refused "no such file|refused"
make_guest g1 pv guest "vdev=xvda,script=block-nbdback,target=nbd:127.0.0.1:10809"
refused "refused"
nc -l -p 10809 -e sleep 60 &
silent=$!
usleep 500000
refused "within 3 s"
kill $silent

start_nbdkit s1 file "$W/disk"
make_guest g1 pv guest "$(script_disk s1 xvda)"
start_guest g1
use_disk g1 xvda "$W/disk"
