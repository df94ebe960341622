#!/usr/bin/env bash
# The commands of docs/evolving.md, run for real on one small workload. `fihost` is on the PATH.
set -euo pipefail
cd "$(dirname "$0")/../.."
configs=$PWD/tests/docs/evolve
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/candidates"
cp -r candidates/rmsnorm_h7168 "$work/candidates"
cd "$work"
# What stands below is quoted in the documentation; the options keep the test short. Exit code 1 says
# that nothing beat the seed, which may happen in so few children.
fihost() { command fihost "$@" ${short:+"${short[@]}"} || [ "$1 $?" = "evolve 1" ]; }
short=(--device cpu --workloads batch_size=2 --iterations 1 --deterministic)

# [begin first]
fihost evolve candidates/rmsnorm_h7168/tunable.cpp --quick -o runs/first
# [end first]
[ -s runs/first/best/best.cpp ]

short=()
# [begin look]
fihost report runs/first
fihost report runs/first -o run.html
# [end look]
grep -q '</html>' run.html

# [begin replay]
fihost evolve --replay runs/first -o runs/again
# [end replay]
# A repeated run has the same programs.
names='import json, sys; print([p["name"] for p in json.load(sys.stdin)["programs"]])'
[ "$(fihost report runs/again --json | python3 -c "$names")" = \
  "$(fihost report runs/first --json | python3 -c "$names")" ]

short=(--iterations 2)
# [begin resume]
fihost evolve --resume runs/first
# [end resume]
# [begin branch]
fihost evolve --branch runs/first@1 -o runs/second
# [end branch]
short=()
# [begin export]
fihost export runs/first -o first.jsonl
# [end export]
grep -q '"type":"attempt"' first.jsonl
# [begin config]
fihost evolve --print-config > config.yaml
# [end config]
[ -s config.yaml ]

# Every configuration that is shown is one that fihost and its plugins take: a seed that does not
# compile is refused after them.
echo 'not a candidate' > candidates/rmsnorm_h7168/broken.cpp
export OPENAI_API_KEY=none
for config in "$configs"/*.yaml; do
  said=$(command fihost evolve candidates/rmsnorm_h7168/broken.cpp --config "$config" -o "runs/$(basename "$config")" \
    --device cpu --quick --workloads batch_size=2 2>&1) && exit 1
  case $said in *'does not compile'*) ;; *) echo "$config: $said" >&2; exit 1 ;; esac
done
