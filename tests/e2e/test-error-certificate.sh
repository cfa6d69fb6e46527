#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A server that shows a certificate: works where the authority and the name
# are right, also after it was away, and is refused where they are not.

. "$SRCDIR/tests/e2e/lib.sh"

nbdkit --dump-config | grep -q '^tls=yes' || skip "nbdkit has no TLS"
need certtool

# authority NAME: and a certificate for localhost
authority ()
{
  mkdir "$D/$1"
  (
    cd "$D/$1" || exit
    printf 'cn=ca\nca\ncert_signing_key\n' >ca.info
    printf 'cn=localhost\ndns_name=localhost\ntls_www_server\nsigning_key\n' \
      >server.info
    certtool --generate-privkey --key-type ecdsa --outfile ca-key.pem &&
      certtool --generate-self-signed --load-privkey ca-key.pem \
        --template ca.info --outfile ca-cert.pem &&
      certtool --generate-privkey --key-type ecdsa --outfile server-key.pem &&
      certtool --generate-certificate --load-ca-certificate ca-cert.pem \
        --load-ca-privkey ca-key.pem --load-privkey server-key.pem \
        --template server.info --outfile server-cert.pem
  ) >"$D/certtool" 2>&1 || skip "certtool: $(tail -n 1 "$D/certtool")"
}

serve ()
{
  start_nbdkit_tcp s1 127.0.0.1 --tls=require --tls-certificates="$D/good" \
    file "$D/disk" || fail "nbdkit: $(cat "$D/s1.log")"
}

authority good
authority foreign
mkdir "$D/empty"
truncate -s 16M "$D/disk"
serve
start_daemon
refused "nbd://localhost:$(port s1)/" 'requires TLS'
refused "nbds://localhost:$(port s1)/" 'tls-certificates'
refused "nbds://localhost:$(port s1)/?tls-certificates=$D/foreign" \
  'certificate verif'
refused "nbds://127.0.0.1:$(port s1)/?tls-certificates=$D/good" \
  'certificate verif'
refused "nbds://localhost:$(port s1)/?tls-certificates=$D/empty" 'ca-cert.pem'
start_guest 1 <<END
$create params=nbds://localhost:$(port s1)/?tls-certificates=$D/good
connect linux
write sector=0 count=88 pattern=3
flush
sh touch $D/written
sh wait-flag back
verify sector=0 count=88 pattern=3
write sector=0 count=88 pattern=4
verify sector=0 count=88 pattern=4
expect problems 0
close
destroy
END
wait_flag written
kill_server s1
wait_node 10 "$(backend 1)/nbd-state" '^held'
serve
touch "$D/back"
wait_guest 1
finish
