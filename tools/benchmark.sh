#!/usr/bin/env bash
# The micro-benchmarks: what fihost does often or to much data, beside the bandwidth of memory.
#
#   tools/benchmark.sh [OPTION...]          builds and runs them; options are Google Benchmark's,
#                                           for example --benchmark_filter=compare
#   tools/benchmark.sh --bundle DIR         builds them and puts the program with its libraries into
#                                           DIR, for a machine that lacks these: DIR/bin/fihost_bench
set -euo pipefail
cd "$(dirname "$0")/.."

tools/install-packages.sh
cmake --preset release -DFIHOST_BENCHMARKS=ON >&2
cmake --build --preset release --target fihost_bench >&2
program=build/release/bin/fihost_bench

if [ "${1:-}" != --bundle ]; then
  exec "$program" "$@"
fi

folder=${2:?benchmark.sh: --bundle needs a folder}
mkdir -p "$folder/bin" "$folder/lib/bench"
cp "$program" "$folder/bin/"
# Everything but the C library, which belongs to the machine. The program looks in ../lib/bench first.
ldd "$program" | awk '$3 ~ /^\// {print $3}' | grep -vE '/(libc|libm|libdl|librt|libpthread)\.so' |
  xargs -I{} cp -L {} "$folder/lib/bench/"
echo "$folder/bin/fihost_bench"
