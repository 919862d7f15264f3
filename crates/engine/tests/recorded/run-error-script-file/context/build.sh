#!/bin/sh
set -eu
echo "building $1"
[ "$#" -lt 2 ] || { echo "too many" >&2; exit 42; }
mkdir -p "/built/$1"
