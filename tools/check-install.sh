#!/usr/bin/env bash
# Does an installation work on this machine?
#
#   check-install.sh fihost-VERSION-linux-x86_64.tar.gz     unpacks it into a scratch folder and tries that
#   check-install.sh /usr                                   tries what is installed there
#
# Needs no compiler and no GPU; with them it tries more. Exits with 0 when everything it tried works.
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
unset LD_LIBRARY_PATH FIHOST_PLUGIN_PATH FIHOST_TASK_PATH FIB_DATASET_PATH
export FIHOST_CACHE="$scratch/cache"

prefix=$1
if [ -f "$1" ]; then
  mkdir "$scratch/some where"
  tar -xzf "$1" -C "$scratch/some where"
  prefix=$(echo "$scratch/some where/"*)
fi
fihost="$prefix/bin/fihost"
objects="$prefix/lib/fihost/candidates/rmsnorm_h7168"
cp -r "$prefix/share/fihost/candidates/rmsnorm_h7168" "$scratch"
quick=(--quick --workloads batch_size=2)
cd "$scratch"

try() {
  echo "== $*" >&2
  "$@"
}

try "$fihost" --version --json
try "$fihost" plugins
try "$fihost" doctor
try "$fihost" load "$objects/naive.cpu.so" --device cpu "${quick[@]}"
if "$prefix/bin/fihost-worker" --probe | grep -q '"type":"cuda"'; then
  try "$fihost" load "$objects/naive.cuda.so" --device cuda "${quick[@]}"
else
  echo "no GPU here: only the CPU was tried" >&2
fi
if command -v "${CXX:-g++}" >/dev/null; then
  try "$fihost" rank rmsnorm_h7168 --device cpu "${quick[@]}"
  try "$fihost" new candidate mine --definition rmsnorm_h7168 --language cpp
  try "$fihost" build mine.cpp -o mine.so
else
  echo "no compiler here: only built objects were tried" >&2
fi
echo "$prefix works" >&2
