#!/usr/bin/env bash
# Fuzzes whatever parses bytes of others: builds the preset fuzz and runs every target of tests/fuzz,
# two at a time, on a copy of its kept inputs. Exits with 1 if one found something; the input and the
# command that repeats it are then in build/fuzz/findings/<noun>.
#   SECONDS          for each target, default 60
#   --only NOUN      that target alone
#   --seed N         default 1
set -euo pipefail
cd "$(dirname "$0")/.."

duration=60
only=
seed=1
while [ $# -gt 0 ]; do
  case "$1" in
    --only) only=$2; shift ;;
    --seed) seed=$2; shift ;;
    --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *[!0-9]* | '') echo "fuzz: $1 is no number of seconds; see --help" >&2; exit 2 ;;
    *) duration=$1 ;;
  esac
  shift
done

build=build/fuzz
tools/install-packages.sh --fuzz
mkdir -p "$build"
if ! { cmake --preset fuzz && cmake --build --preset fuzz; } >"$build/build.log" 2>&1; then
  tail -n 40 "$build/build.log" >&2
  exit 1
fi

# What the sanitizer keeps of freed memory counts as memory used.
export UBSAN_OPTIONS=print_stacktrace=1 ASAN_OPTIONS=quarantine_size_mb=16

# fuzz NOUN: one line on stdout; 1 if something was found.
fuzz() {
  local noun=$1 kept=tests/fuzz/corpus/$1 work=$build/work/$1 findings=$build/findings/$1
  local target=$build/tests/fuzz/${noun}_fuzz result=ok code=0
  local options=(-max_len=16384 -rss_limit_mb=2048 -timeout=20)
  rm -rf "$work" "$findings"
  mkdir -p "$work" "$findings"
  cp "$kept"/* "$work"
  [ ! -f "tests/fuzz/$noun.dict" ] || options+=("-dict=tests/fuzz/$noun.dict")
  "$target" "${options[@]}" -seed="$seed" -max_total_time="$duration" -print_final_stats=1 \
    -artifact_prefix="$findings/" "$work" >"$findings/log" 2>&1 || code=$?
  if [ "$code" -ne 0 ]; then
    local input
    input=$(find "$findings" -type f ! -name log | head -n 1)
    echo "$target ${options[*]:1} ${input:-(see the log)}" >"$findings/repeat"
    result="FOUND ${input:-nothing that was kept}: see $findings/log"
  fi
  local executions rate covered
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$findings/log")
  rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$findings/log")
  covered=$(grep -o 'cov: [0-9]*' "$findings/log" | tail -n 1 | tr -dc 0-9)
  printf '%-14s %10s runs %8s a second %7s edges  %s\n' "$noun" "${executions:-?}" "${rate:-?}" \
    "${covered:-?}" "$result"
  [ "$code" -ne 0 ] || rm -rf "$findings"
  return $((code != 0))
}
export -f fuzz
export build duration seed

echo "every target for $duration s, seed $seed"
nouns=${only:-$(cd tests/fuzz && ls -- *_fuzz.cpp | sed 's/_fuzz\.cpp$//')}
printf '%s\n' "$nouns" | xargs -P 2 -I NOUN bash -c 'fuzz NOUN' || exit 1
