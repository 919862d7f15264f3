#!/usr/bin/env bash
# Fetches the archives of packages of a Debian suite, with all that they need and recommend.
#
#     scripts/package-archives.sh SUITE FOLDER PACKAGE…
#
# Leaves the archives in FOLDER/archives, and in FOLDER/compiled what their Python sources compile
# to, a line each: BYTES PACKAGE. Needs docker and a network.
set -euo pipefail
suite=$1
folder=$2
shift 2
container="layerlab-archives-$suite"
trap 'docker rm -f "$container" >/dev/null 2>&1 || true; docker rmi -f "$container" >/dev/null 2>&1 || true' EXIT

docker run --name "$container" --network host -e NAMES="$*" "debian:$suite-slim" sh -c '
apt-get update >/dev/null
mkdir -p /out/archives/partial
rm -f /etc/apt/apt.conf.d/docker-clean
for name in $NAMES; do
  apt-get -y -q -d -o Dir::Cache::archives=/out/archives install "$name" >/dev/null 2>&1 || echo "not in '"$suite"': $name"
done'
docker commit "$container" "$container" >/dev/null
docker rm -f "$container" >/dev/null
docker run --name "$container" --network host "$container" sh -c '
apt-get update >/dev/null
apt-get install -y --no-install-recommends python3 >/dev/null 2>&1
for file in /out/archives/*.deb; do
  rm -rf /sources && mkdir /sources
  dpkg-deb --fsys-tarfile "$file" | tar -x -C /sources --wildcards "./usr/lib/python3*/*.py" 2>/dev/null || true
  if [ -d /sources/usr ]; then
    python3 -m compileall -q /sources >/dev/null 2>&1 || true
    echo "$(find /sources -name "*.pyc" -printf "%s\n" | awk "{ sum += \$1 } END { print sum + 0 }") $(dpkg-deb -f "$file" Package)"
  fi
done > /out/compiled'
docker cp "$container:/out/." "$folder" >/dev/null
