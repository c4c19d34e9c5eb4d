#!/bin/sh
# Makes the certificates of the TLS tests anew: an authority, a server on 127.0.0.1 and a client. They are for nothing else.
set -eu
cd "$(dirname "$0")"
days=36500
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days $days -subj '/CN=Authority of the tests' \
  -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign' -keyout ca.key -out ca.pem
for name in server client; do
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name of the tests" -keyout $name.key -out $name.csr
  echo 'subjectAltName=IP:127.0.0.1' > $name.ext
  openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -set_serial 0x$(openssl rand -hex 8) -days $days -extfile $name.ext -out $name.pem
  rm $name.csr $name.ext
done
rm ca.key
