#!/usr/bin/env bash
# The commands that the documentation shows, run for real on small workloads. `fihost` is on the PATH.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r candidates/rmsnorm_h7168 "$work/rmsnorm_h7168"
cd "$work"
# What stands below is quoted in the documentation; the options keep the test short.
fihost() { command fihost "$@" ${short:+"${short[@]}"}; }
short=(--device cpu --quick --workloads batch_size=2)

# [begin rank]
fihost rank rmsnorm_h7168
# [end rank]

# [begin json]
fihost rank rmsnorm_h7168 --json > ranking.json
# [end json]
python3 -c 'import json; assert json.load(open("ranking.json"))["schema"] == "fihost.ranking/1"'

# [begin resume]
fihost rank rmsnorm_h7168 --resume
# [end resume]

# [begin html]
fihost rank rmsnorm_h7168 --html ranking.html
# [end html]
grep -q '</html>' ranking.html

short=()
# [begin page]
fihost report page ranking.json --html ranking.html --csv ranking.csv
fihost report page ranking.json --markdown -
# [end page]
[ "$(wc -l < ranking.csv)" -gt 2 ]
cp ranking.json before.json
cp ranking.json after.json
# [begin compare]
fihost compare before.json after.json
# [end compare]
short=(--device cpu --quick --workloads batch_size=2)

# [begin scorer]
fihost rank rmsnorm_h7168 --scorer scorer.worst_case
# [end scorer]

short=()
# [begin build]
fihost build rmsnorm_h7168/naive.cpp -o naive.so
# [end build]
short=(--device cpu --quick --workloads batch_size=2)
# [begin load]
fihost load naive.so
# [end load]
short=()
# [begin plugins]
fihost plugins
# [end plugins]

# [begin doctor]
fihost doctor
# [end doctor]
# [begin doctor-json]
fihost doctor --json > doctor.json
fihost --version --json
# [end doctor-json]
# [begin completion]
source <(fihost completion bash)
# [end completion]
# [begin new-candidate]
fihost new candidate mine --definition rmsnorm_h7168
# [end new-candidate]
# [begin new-task]
fihost new task row_scale
# [end new-task]
# [begin new-scorer]
fihost new scorer mine
# [end new-scorer]
# [begin new-mutator]
fihost new mutator mine
# [end new-mutator]
# [begin new-llm]
fihost new llm mine
# [end new-llm]
# [begin new-profiler]
fihost new profiler mine
# [end new-profiler]
short=(--device cpu --quick)
# [begin rank-task]
fihost rank row_scale
# [end rank-task]
