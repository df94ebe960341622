#!/usr/bin/env bash
# Installs what fihost is built with, on Debian 12 or Ubuntu 24.04. Does nothing when all is there.
# The CUDA Toolkit (12.4 or later) is used where it is installed; NVIDIA distributes it.
#   --browser    also the browser that the tests of the HTML page drive
#   --fuzz       also clang with libFuzzer and the sanitizers
set -euo pipefail

packages=(
  g++ cmake ninja-build pkg-config ccache git python3 python3-venv
  libboost-dev libboost-program-options-dev nlohmann-json3-dev libfmt-dev libelf-dev libssl-dev
  libsqlitecpp-dev libsqlite3-dev libtomlplusplus-dev libyaml-cpp-dev libcurl4-openssl-dev
  doctest-dev libbenchmark-dev libdlpack-dev
)
# Ubuntu has Chromium as a snap only, which containers cannot run: there the tests are skipped.
if [ "${1:-}" = --browser ] && grep -q '^ID=debian$' /etc/os-release; then
  packages+=(chromium chromium-driver)
fi
# The distribution's default clang; its runtime has a package of its own.
if [ "${1:-}" = --fuzz ]; then
  packages+=(clang libclang-rt-dev)
fi

missing=()
for package in "${packages[@]}"; do
  dpkg-query --show --showformat='${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' ||
    missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

command -v apt-get >/dev/null || {
  echo "install-packages: no apt-get here; install by hand: ${missing[*]}" >&2
  exit 3
}
root=()
[ "$(id -u)" -eq 0 ] || root=(sudo)
echo "installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
"${root[@]}" apt-get update -qq
"${root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
