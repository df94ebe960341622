#!/usr/bin/env bash
# The commands of docs/flashinfer-bench.md, run for real on small workloads.
# usage: round_trip.sh VENV      (`fihost` is on the PATH; exit code 77: VENV is not there)
set -euo pipefail
[ -e "$1/done" ] || { echo "skipped: PyPI could not be reached"; exit 77; }
PATH=$PATH:$1/bin  # for tvm-ffi-config
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r candidates/rmsnorm_h7168 "$work/rmsnorm_h7168"
cd "$work"
# What stands below is quoted in the documentation; the options keep the test short.
fihost() { command fihost "$@" ${short:+"${short[@]}"}; }
short=()

# [begin pack]
fihost pack rmsnorm_h7168/naive.cpp -o solution.json --author me
# [end pack]

short=(--device cpu --quick --workloads batch_size=2)
# [begin rank]
fihost rank solution.json rmsnorm_h7168/naive.cpp
# [end rank]
command fihost load "${short[@]}" --json solution.json > loaded.json
cp "$(python3 -c 'import json; print(json.load(open("loaded.json"))["object"]["path"])')" module.so
# [begin load]
fihost load module.so --definition rmsnorm_h7168 --entry run
# [end load]

short=()
# [begin unpack]
fihost unpack solution.json -o mine
fihost pack mine -o again.json
# [end unpack]
cmp solution.json again.json
