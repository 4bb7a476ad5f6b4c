#!/usr/bin/env bash
# scripts/install-debian.sh <program>[:<package>]...: installs Debian's packages of programs that are not there yet.
set -euo pipefail

missing=()
for wanted in "$@"; do
  command -v "${wanted%%:*}" >/dev/null || missing+=("${wanted##*:}")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "There already: $*"
  exit
fi
# Not started as a service by its package: the tests start their own.
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}"
