#!/usr/bin/env bash
# Makes the files of a Debian suite anew, from the archive's own: its index, the core of it, its
# source packages, and the files of the packages that are measured.
#
#     scripts/refresh-debian.sh SUITE [PACKAGE…]
#
# Needs docker, a network, lz4, and target/native/layerlab (make serve builds it). Lists come as
# apt fetches them; the archives of the packages named (by default those in
# static/catalog/debian/measured.txt and SUITE.measured.txt), with all that they need and recommend,
# are measured.
set -euo pipefail
cd "$(dirname "$0")/.."
suite=$1
shift
lists=static/catalog/debian
# Not every suite has names of its own.
names=${*:-$( (cat "$lists/measured.txt"; cat "$lists/$suite.measured.txt" 2>/dev/null || true) | grep -v '^#' | tr '\n' ' ')}
work=$(mktemp -d)
trap 'docker rm -f "layerlab-$suite" >/dev/null 2>&1 || true; rm -rf "$work"' EXIT

docker run --name "layerlab-$suite" --network host -e NAMES="$names" "debian:$suite-slim" sh -c '
set -e
sed "s/^deb /deb-src /" /etc/apt/sources.list >/etc/apt/sources.list.d/sources.list
apt-get update >/dev/null
mkdir -p /out/lists /out/archives/partial
(cd /var/lib/apt/lists && stat -c "%s %n" *_InRelease *_Packages* *_Sources* | sed "s/ [^_]*_/ mirror_/") > /out/sizes
cp /var/lib/apt/lists/*_Packages* /var/lib/apt/lists/*_Sources* /out/lists/
# Contents files are fetched as they are: a mirror may have older ones than what vouches for them.
awk "\$1 == \"deb\" {print \$2, \$3}" /etc/apt/sources.list | while read -r mirror dist; do
  for kind in amd64 all; do
    name=$(echo "${mirror#*//}/dists/$dist/main/Contents-$kind" | tr / _)
    if /usr/lib/apt/apt-helper -qq download-file "$mirror/dists/$dist/main/Contents-$kind.gz" "/out/lists/$name.gz" 2>/dev/null; then
      gzip -d "/out/lists/$name.gz"
    fi
  done
done
rm /etc/apt/sources.list.d/sources.list
rm -f /etc/apt/apt.conf.d/docker-clean
for name in $NAMES; do
  apt-get -y -q -d -o Dir::Cache::archives=/out/archives install "$name" >/dev/null 2>&1 || echo "not in '"$suite"': $name"
done'
docker commit "layerlab-$suite" "layerlab-$suite" >/dev/null
docker rm -f "layerlab-$suite" >/dev/null
# What the Python sources of each archive compile to.
docker run --name "layerlab-$suite" --network host "layerlab-$suite" sh -c '
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
docker cp "layerlab-$suite:/out/." "$work" >/dev/null
for file in "$work"/lists/*.lz4; do
  if [ -e "$file" ]; then lz4 -dfq --rm "$file" "${file%.lz4}"; fi
done
target/native/layerlab catalog debian --suite "$suite" --lists "$work/lists" --sizes "$work/sizes" \
  --archives "$work/archives" --made static/catalog/debian/made.txt \
  --compiled "$work/compiled" --date "$(date -u +%F)" \
  --catalog static/catalog
set --
if [ -e "catalog/$suite.configured.zst" ]; then set -- --configured "catalog/$suite.configured.zst"; fi
target/native/layerlab catalog debian-files --suite "$suite" --archives "$work/archives" \
  --date "$(date -u +%F)" --catalog static/catalog "$@"
