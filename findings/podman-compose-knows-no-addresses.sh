#!/usr/bin/env bash
# Guess: podman-compose gives a service the address that the compose file has for it, as docker-compose does.
# Seen: it knows names of networks only. A service with an address ends with "missing networks", of a network
# that is there; and one without gets a network without the subnet of the file.
# Pinned: podman-compose 1.0.3 (Debian 12), which has to be installed; podman need not be.
set -eu
dpkg-query -W -f '${Version}\n' podman-compose | grep -qx '1.0.3-3'
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
# What it would do is written down.
cat >podman <<'PODMAN'
#!/bin/sh
here=$(dirname "$0")
echo "podman $*" >>"$here/did"
case "$1 $2" in
"--version "*) echo podman version 4.3.1 ;;
"network create") touch "$here/made" ;;
"network exists") [ -e "$here/made" ] ;;
esac
PODMAN
chmod +x podman
export PATH="$dir:$PATH"
cat >one.yaml <<'YAML'
services:
  one: {image: any, networks: {ring: {ipv4_address: 10.77.9.11}}}
networks:
  ring:
    ipam: {config: [{subnet: 10.77.9.0/24}]}
YAML
! podman-compose -f one.yaml up -d >said 2>&1
grep 'missing networks: ring' said
sed 's/{ring: .*11}}/[ring]/' one.yaml >two.yaml
podman-compose -f two.yaml up -d >said 2>&1
grep 'podman network create' did
[ "$(grep -c 10.77.9 did)" = 0 ]
