#!/usr/bin/env bash
# Installs the packages, builds fihost and shows it twice: it ranks the shipped candidates of the
# contest's fused MoE, on the GPU all 19 workloads, without one those with few tokens on the CPU; then
# it evolves a small kernel for a minute, without a language model.
# Further arguments go to `fihost rank`. A second run builds only what has changed.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/install-packages.sh
# Where nvcc is installed but not on the PATH.
[ -d /usr/local/cuda/bin ] && PATH="$PATH:/usr/local/cuda/bin"
mkdir -p build
cmake --preset release -DBUILD_TESTING=OFF >build/demo-configure.log 2>&1 || {
  cat build/demo-configure.log >&2
  exit 3
}
cmake --build --preset release >&2

fihost=build/release/bin/fihost
track=candidates/moe_fp8_block_scale_ds_routing_topk8_ng8_kg4_e32_h7168_i2048
seed=candidates/rmsnorm_h7168/tunable
run=build/runs/demo-$(date +%Y%m%d-%H%M%S)
if build/release/bin/fihost-worker --probe | grep -q '"type":"cuda"'; then
  device=cuda seed=$seed.cu
  "$fihost" rank "$track" --device cuda "$@"
else
  device=cpu seed=$seed.cpp
  "$fihost" rank "$track" --device cpu --workloads 'seq_len<=16' "$@"
fi

printf '\nThe next generation of %s: a minute of fihost evolve, without a model.\n\n' "$seed" >&2
# 1: nothing beat the seed, which is a result, too.
"$fihost" evolve "$seed" --device "$device" --config tools/demo.yaml -o "$run" || [ $? -eq 1 ]
"$fihost" report "$run" -o "$run/run.html"
printf '\nAll of it, to click through: %s\nWith a model, and for longer: docs/evolving.md\n' \
  "$run/run.html" >&2
