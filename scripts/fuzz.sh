#!/usr/bin/env bash
# Fuzzes every target for a while: scripts/fuzz.sh [seconds, default 600]
# Needs a nightly toolchain and cargo-fuzz (cargo install cargo-fuzz).
set -euo pipefail
cd "$(dirname "$0")/.."
for target in parse ignore permalink simulate script install; do
  seeds=fuzz/corpus/$target
  mkdir -p "$seeds"
  if [ "$target" != ignore ]; then
    for case in crates/engine/tests/recorded/*/context/Dockerfile; do
      cp "$case" "$seeds/$(basename "$(dirname "$(dirname "$case")")")"
    done
  fi
  cargo +nightly fuzz run "$target" -- -max_total_time="${1:-600}" -max_len=65536 -timeout=10 -rss_limit_mb=4096
done
