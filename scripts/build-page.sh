#!/usr/bin/env bash
# Builds the optimised page into dist/ and says what its first view transfers. LAYERLAB_URL, the
# address that it will have, adds what other sites find it by (oEmbed, previews of links).
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck disable=SC1091
. .tools/env
(cd web && node build.mjs)
# trunk shall look for nothing itself; the crates are here before it starts.
cargo fetch --quiet --locked
if [ -n "${CARGO_UNSTABLE_BUILD_STD:-}" ]; then
  # The standard library is built too, and has crates of its own.
  cargo fetch --quiet --locked \
    --manifest-path "$(rustc --print sysroot)/lib/rustlib/src/rust/library/Cargo.toml"
fi
# trunk takes NO_COLOR for a flag with a value.
env -u NO_COLOR trunk build --release --offline ${1:-}
if [ -n "${LAYERLAB_URL:-}" ]; then node web/discovery.mjs dist "$LAYERLAB_URL"; fi
node web/budget.mjs dist
