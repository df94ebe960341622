#!/usr/bin/env bash
# Installs the packages, builds fihost and ranks the shipped candidates of the contest's fused MoE:
# on the GPU, all 19 workloads; without one, on the CPU, those with few tokens at their real sizes.
# Further arguments go to `fihost rank`. A second run is incremental.
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

track=candidates/moe_fp8_block_scale_ds_routing_topk8_ng8_kg4_e32_h7168_i2048
fihost=build/release/bin/fihost
if build/release/bin/fihost-worker --probe | grep -q '"type":"cuda"'; then
  "$fihost" rank "$track" --device cuda "$@"
else
  "$fihost" rank "$track" --device cpu --workloads 'seq_len<=16' "$@"
fi
