#!/usr/bin/env bash
# A container engine for the tests: the one that answers, or else, for root on Debian, the
# distribution's own, started for as long as the command runs.
#
#   scripts/engine.sh COMMAND…     runs COMMAND with DOCKER_HOST set where there is an engine
set -euo pipefail

answers() { curl --silent --fail --max-time 5 --unix-socket "$1" http://engine/_ping >/dev/null 2>&1; }

socket=/var/run/docker.sock
case ${DOCKER_HOST:-} in unix://*) socket=${DOCKER_HOST#unix://} ;; esac
if [ -n "${DOCKER_HOST:-}" ] || answers "$socket"; then exec "$@"; fi

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "engine: no container engine answers; tests that need one are skipped" >&2
  exec "$@"
fi
if ! command -v dockerd >/dev/null || ! command -v curl >/dev/null; then
  echo "engine: installing Debian's docker.io" >&2
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends docker.io curl >/dev/null || true
fi
if ! command -v dockerd >/dev/null; then
  echo "engine: docker.io cannot be installed; tests that need an engine are skipped" >&2
  exec "$@"
fi

home=$(mktemp -d /var/tmp/layerlab-engine.XXXXXX)
dockerd --data-root "$home/data" --exec-root "$home/exec" --pidfile "$home/pid" \
  -H "unix://$home/docker.sock" >"$home/log" 2>&1 &
engine=$!
stop() {
  kill "$engine" 2>/dev/null || true
  wait "$engine" 2>/dev/null || true
  umount -R "$home"/data/* 2>/dev/null || true
  rm -rf "$home" || true
}
trap stop EXIT
for _ in $(seq 60); do
  if answers "$home/docker.sock"; then
    DOCKER_HOST=unix://$home/docker.sock "$@"
    exit
  fi
  kill -0 "$engine" 2>/dev/null || break
  sleep 1
done
echo "engine: Debian's dockerd does not start; tests that need an engine are skipped:" >&2
tail -n 5 "$home/log" >&2
"$@"
