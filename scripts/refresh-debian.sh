#!/usr/bin/env bash
# Makes the files of a Debian suite anew, from the archive's own: its index, the core of it, its
# source packages, and the files of the packages that are measured.
#
#     scripts/refresh-debian.sh SUITE [PACKAGE…]
#
# Needs docker, a network, lz4, and target/native/layerlab (make serve builds it). Lists come as
# apt fetches them; the archives of the packages named (by default those in
# static/catalog/debian/measured.txt and SUITE.measured.txt), with all that they need and recommend,
# are measured; then what scripts/measure-more.sh adds.
set -euo pipefail
cd "$(dirname "$0")/.."
suite=$1
shift
lists=static/catalog/debian
# Not every suite has names of its own.
names=${*:-$( (cat "$lists/measured.txt"; cat "$lists/$suite.measured.txt" 2>/dev/null || true) | grep -v '^#' | tr '\n' ' ')}
work=$(mktemp -d)
trap 'docker rm -f "layerlab-$suite" >/dev/null 2>&1 || true; rm -rf "$work"' EXIT

docker run --name "layerlab-$suite" --network host "debian:$suite-slim" sh -c '
set -e
sed "s/^deb /deb-src /" /etc/apt/sources.list >/etc/apt/sources.list.d/sources.list
apt-get update >/dev/null
mkdir -p /out/lists
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
done'
docker cp "layerlab-$suite:/out/." "$work" >/dev/null
# shellcheck disable=SC2086
scripts/package-archives.sh "$suite" "$work" $names
for file in "$work"/lists/*.lz4; do
  if [ -e "$file" ]; then lz4 -dfq --rm "$file" "${file%.lz4}"; fi
done
target/native/layerlab catalog debian --suite "$suite" --lists "$work/lists" --sizes "$work/sizes" \
  --archives "$work/archives" --made static/catalog/debian/made.txt \
  --compiled "$work/compiled" --date "$(date -u +%F)" \
  --catalog static/catalog
rm -f "static/catalog/debian/$suite".files.*
set --
if [ -e "catalog/$suite.configured.zst" ]; then set -- --configured "catalog/$suite.configured.zst"; fi
target/native/layerlab catalog debian-files --suite "$suite" --archives "$work/archives" \
  --date "$(date -u +%F)" --catalog static/catalog "$@"
scripts/measure-more.sh "$suite"
