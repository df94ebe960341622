#!/usr/bin/env bash
# The commands of docs/flashinfer-bench.md, run for real on small workloads.
# usage: round_trip.sh VENV      (`fihost` is on the PATH; exit code 77: VENV is not there)
set -euo pipefail
[ -e "$1/done" ] || { echo "skipped: PyPI could not be reached"; exit 77; }
venv=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
PATH=$PATH:$venv/bin  # for tvm-ffi-config
cd "$here/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r candidates/rmsnorm_h7168 "$work/rmsnorm_h7168"
cd "$work"
# What stands below is quoted in the documentation; the options keep the test short.
fihost() { command fihost "$@" ${short:+"${short[@]}"}; }
short=()

# [begin dataset]
fihost dataset init my-dataset rmsnorm_h7168
fihost dataset check my-dataset
fihost dataset info my-dataset
# [end dataset]
short=(--device cpu --quick --workloads batch_size=2)
# [begin traces]
fihost rank rmsnorm_h7168/naive.cpp --traces my-dataset --author me
short=()
fihost report summary my-dataset
fihost report best my-dataset
# [end traces]
"$venv/bin/python" "$here/load_dataset.py" my-dataset > theirs.txt
grep -q "'rmsnorm_h7168': 14" theirs.txt
grep -q "'passed': 1" theirs.txt

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
