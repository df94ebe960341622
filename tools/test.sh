#!/usr/bin/env bash
# Installs the packages, builds everything and runs every test that needs no GPU.
#   --gpu            also the tests that need one
#   --preset NAME    dev, release (default), asan or tsan
# Further arguments go to ctest. A second run is incremental.
set -euo pipefail
cd "$(dirname "$0")/.."

preset=release
labels=(--label-exclude gpu)
while [ $# -gt 0 ]; do
  case "$1" in
    --gpu) labels=() ;;
    --preset) preset=$2; shift ;;
    --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) break ;;
  esac
  shift
done

tools/install-packages.sh --browser
[ -d /usr/local/cuda/bin ] && PATH="$PATH:/usr/local/cuda/bin"
cmake --preset "$preset" -DBUILD_TESTING=ON -DFIHOST_BENCHMARKS=ON
cmake --build --preset "$preset"
ctest --preset "$preset" "${labels[@]}" --parallel "$(nproc)" "$@"
