# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A target that is not NBD or does not parse: the message names the target and the part that is wrong.

start_daemon
truncate -s 8M "$W/disk"
start_nbdkit s1 file "$W/disk"
make_guest g1 pv guest
paused g1

# refused TARGET REGEX
refused ()
{
  must_not xl block-attach g1 "vdev=xvda,script=block-nbdback,target=$1"
  expect_in "$W/out" "$2" "the reason for $1"
  grep -Fq -- "$1" "$W/out" || fail "the message does not name the target $1"
  xl block-detach g1 51712 >/dev/null 2>&1 || true
}

refused /dev/sda 'nbd'
refused http://127.0.0.1/disk 'http|scheme|nbd'
refused nbd:unix: 'path|socket|empty|missing'
refused nbd:127.0.0.1:99999 'port'
refused nbd:127.0.0.1:x 'port'
refused 'nbd://[::1/disk' 'host|bracket|address|\]'
refused nbd:unix:relative.sock 'path|absolute|relative'

make_guest g2 pv guest "vdev=xvda,script=block-nbdback,target=nbd:127.0.0.1:99999"
must_not xl create -p "$W/g2.cfg"
expect_in "$W/out" 'nbd:127.0.0.1:99999' "what xl create says"
expect_in "$W/out" 'port' "what xl create says"

# Route qdisk has no script that could fail: the error node and the log.
make_guest g3 pv guest "format=raw,vdev=xvda,backendtype=qdisk,target=nbd:127.0.0.1:99999"
xl create -p "$W/g3.cfg" || true
wait_node 10 "$(error_node g3 qdisk)" 'port'
wait_log 5 '99999'
xl destroy g3

# And the daemon goes on.
must_quietly xl block-attach g1 "$(script_disk s1 xvda)"
