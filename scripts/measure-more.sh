#!/usr/bin/env bash
# Measures further packages of a Debian suite, in the versions that its index has.
#
#     scripts/measure-more.sh SUITE [PACKAGE…]
#
# By default those of static/catalog/debian/more.txt, with all that they need and recommend. What is
# measured already, and what the archive has in another version by now, is left as it is. Needs
# docker, a network, and target/native/layerlab (make serve builds it).
set -euo pipefail
cd "$(dirname "$0")/.."
suite=$1
shift
names=${*:-$(grep -v '^#' static/catalog/debian/more.txt | tr '\n' ' ')}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# shellcheck disable=SC2086
scripts/package-archives.sh "$suite" "$work" $names
set --
if [ -e "catalog/$suite.more.configured.zst" ]; then set -- --configured "catalog/$suite.more.configured.zst"; fi
target/native/layerlab catalog debian-more --suite "$suite" --archives "$work/archives" \
  --compiled "$work/compiled" --date "$(date -u +%F)" --catalog static/catalog "$@"
