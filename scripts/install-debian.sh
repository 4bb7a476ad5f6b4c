#!/usr/bin/env bash
# scripts/install-debian.sh <program>[:<package>]...: installs the Debian packages of programs that are missing.
set -euo pipefail

missing=()
for wanted in "$@"; do
  command -v "${wanted%%:*}" >/dev/null || missing+=("${wanted##*:}")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "Already installed: $*"
  exit
fi
# Keeps the packages from starting services: the tests start their own.
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}"
