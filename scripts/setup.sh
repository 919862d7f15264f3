#!/usr/bin/env bash
# Installs what building the page needs and is not here yet; a second run takes a second.
#
#   scripts/setup.sh            wasm target, trunk, wasm-bindgen, npm packages, wasm-opt
#   scripts/setup.sh --browser  also a Chromium for the browser tests
#
# Tools go to .tools, npm packages to web/node_modules; only the fallback for the wasm
# target and the browser use the system's packages (Debian's, as root or with sudo).
# What later commands need is written to .tools/env.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .tools/bin
trunk_version=0.21.14
started=$(date +%s)
say() { printf 'setup [%3ds] %s\n' "$(($(date +%s) - started))" "$*"; }
root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
debian_install() {
  root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

for tool in cargo node npm; do
  command -v "$tool" >/dev/null || { say "$tool is missing: install Rust (rustup) and Node.js 20 or newer first"; exit 1; }
done

# 1. A Rust toolchain that can build for the browser.
has_target() { [ -d "$(rustc --print sysroot 2>/dev/null)/lib/rustlib/wasm32-unknown-unknown/lib" ]; }
if ! has_target && command -v rustup >/dev/null; then
  say "adding Rust's wasm32 target (seconds)"
  timeout 120 rustup target add wasm32-unknown-unknown >/dev/null 2>&1 || true
fi
if has_target; then
  : >.tools/env
else
  # Debian's own Rust for web browsers builds the standard library from its source package.
  if ! [ -x /usr/bin/rustc ] || ! dpkg -s rustc-web cargo-web rust-web-src lld-19 >/dev/null 2>&1; then
    command -v apt-get >/dev/null || { say "the wasm32 target cannot be had: run 'rustup target add wasm32-unknown-unknown'"; exit 1; }
    say "rustup has no wasm32 target for us; installing Debian's rustc-web instead (a minute)"
    debian_install rustc-web cargo-web rust-web-src lld-19
  fi
  cat >.tools/env <<'ENV'
export PATH=/usr/bin:$PATH
export RUSTC_BOOTSTRAP=1
export CARGO_UNSTABLE_BUILD_STD=std,panic_abort
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-19
ENV
fi

# 2. trunk, and the wasm-bindgen that Cargo.lock names.
have() { # COMMAND VERSION
  { PATH="$PWD/.tools/bin:$PATH" "$1" --version 2>/dev/null || true; } | grep -qw "$2"
}
install() { # CRATE VERSION HOW-LONG
  say "building $1 $2 ($3)"
  CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    CARGO_TARGET_DIR="$PWD/.tools/target" \
    cargo install "$1" --version "$2" ${4:-} --root "$PWD/.tools" --quiet
}
have trunk $trunk_version || install trunk $trunk_version "about 5 minutes" --locked
bindgen_version=$(grep -A1 '^name = "wasm-bindgen"$' Cargo.lock | sed -n 's/^version = "\(.*\)"/\1/p')
have wasm-bindgen "$bindgen_version" || install wasm-bindgen-cli "$bindgen_version" "about 2 minutes"
rm -rf .tools/target

# 3. npm packages: the editor, its bundler, wasm-opt, the browser tests' driver.
if ! cmp -s web/package-lock.json web/node_modules/.layerlab-lock 2>/dev/null; then
  say "installing npm packages (seconds)"
  (cd web && npm ci --no-audit --no-fund --loglevel=error >/dev/null && cp package-lock.json node_modules/.layerlab-lock)
fi

# 4. A browser, for the tests.
if [ "${1:-}" = --browser ] && ! command -v chromium >/dev/null && [ -z "${LAYERLAB_CHROMIUM:-}" ]; then
  if command -v apt-get >/dev/null; then
    say "installing Chromium (a minute)"
    debian_install chromium || say "Chromium could not be installed; set LAYERLAB_CHROMIUM to a browser's path"
  else
    say "no Chromium found; set LAYERLAB_CHROMIUM to a browser's path"
  fi
fi

cat >>.tools/env <<ENV
export PATH=$PWD/.tools/bin:$PWD/web/node_modules/.bin:\$PATH
export CARGO_TARGET_DIR=$PWD/target-wasm
ENV
say "ready"
