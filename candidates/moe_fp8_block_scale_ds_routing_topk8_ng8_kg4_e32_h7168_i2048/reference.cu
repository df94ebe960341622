// The definition, step by step, in float32 on the GPU. No tensor cores.
//
// 1. route: one block a token; one thread makes all decisions.
// 2. list_pairs: the pairs of each local expert, in the order of tokens. Pair p is the p % 8-th
//    choice of token p / 8.
// 3. first_gemm: tiles of 128 pairs x 64 intermediate values (their linear and their gated row, so
//    128 weight rows); SwiGLU in the same thread.
// 4. second_gemm: tiles of 128 pairs x 128 output columns, one launch an expert, so that the sums of
//    a token are added in a fixed order without atomics.
// 5. round_output.
// The grids cover the worst case and superfluous blocks end at once: the counts are on the device
// only. fp8 operands are dequantised to float32 on their way into shared memory; a thread
// accumulates 8x8 values. Bound by float32 arithmetic: 88 080 384 flop a pair, and tiles of 128
// pairs are computed in full however few there are.
#include <cuda_bf16.h>
#include <cuda_fp8.h>

#include <cstdint>
#include <fihost/cuda.hpp>

namespace {

namespace sdk = fihost::sdk;

constexpr int experts = 256, groups = 8, group_size = 32, kept_groups = 4, top_k = 8;
constexpr int local_experts = 32, hidden = 7168, intermediate = 2048, block = 128;
constexpr int hidden_blocks = hidden / block, intermediate_blocks = intermediate / block;

constexpr int threads = 256;     // of the tiled kernels: 16 x 16
constexpr int tile = 128;        // pairs and weight rows of a tile
constexpr int depth = 32;        // columns that are in shared memory at a time; divides 128
constexpr int pitch = tile + 4;  // of a tile in shared memory: keeps float4 aligned

struct Problem {
  const float* routing_logits;
  const __nv_bfloat16* routing_bias;
  const __nv_fp8_e4m3* hidden_states;
  const float* hidden_states_scale;
  const __nv_fp8_e4m3* gemm1_weights;
  const float* gemm1_weights_scale;
  const __nv_fp8_e4m3* gemm2_weights;
  const float* gemm2_weights_scale;
  __nv_bfloat16* output;
  int tokens, local_expert_offset;
  float routed_scaling_factor;

  // Workspace.
  float* h;       // [tokens * top_k, intermediate], rows of local pairs only
  float* sum;     // [tokens, hidden]
  float* weight;  // [tokens * top_k]
  int* expert;    // [tokens * top_k], global numbers
  int* pairs;     // [local_experts, tokens]
  int* count;     // [local_experts]
};

__global__ void route(Problem p) {
  __shared__ float score[experts], biased[experts];
  const int t = blockIdx.x, e = threadIdx.x;
  score[e] = 1 / (1 + expf(-p.routing_logits[static_cast<int64_t>(t) * experts + e]));
  biased[e] = score[e] + __bfloat162float(p.routing_bias[e]);
  __syncthreads();
  if (e != 0) return;

  float group_score[groups];
  for (int g = 0; g < groups; ++g) {
    float best = -INFINITY, second = -INFINITY;
    for (int i = g * group_size; i < (g + 1) * group_size; ++i) {
      if (biased[i] > best) {
        second = best;
        best = biased[i];
      } else if (biased[i] > second) {
        second = biased[i];
      }
    }
    group_score[g] = best + second;
  }
  bool kept[groups] = {};
  for (int k = 0; k < kept_groups; ++k) {
    int best = -1;
    for (int g = 0; g < groups; ++g)
      if (!kept[g] && (best < 0 || group_score[g] > group_score[best])) best = g;
    kept[best] = true;
  }
  int chosen[top_k];
  float total = 0;
  for (int k = 0; k < top_k; ++k) {
    int best = -1;
    for (int i = 0; i < experts; ++i)
      if (kept[i / group_size] && (best < 0 || biased[i] > biased[best])) best = i;
    chosen[k] = best;
    total += score[best];
    biased[best] = -INFINITY;
  }
  for (int k = 0; k < top_k; ++k) {
    p.expert[t * top_k + k] = chosen[k];
    p.weight[t * top_k + k] = score[chosen[k]] / (total + 1e-20f) * p.routed_scaling_factor;
  }
}

// One block an expert. Each thread counts the pairs in its stretch, then writes them behind those of
// the threads before it.
__global__ void list_pairs(Problem p) {
  __shared__ int counts[threads];
  const int local = blockIdx.x, expert = p.local_expert_offset + local;
  const int all = p.tokens * top_k, stretch = (all + threads - 1) / threads;
  const int begin = min(all, static_cast<int>(threadIdx.x) * stretch);
  const int end = min(all, begin + stretch);
  int mine = 0;
  for (int i = begin; i < end; ++i) mine += p.expert[i] == expert;
  counts[threadIdx.x] = mine;
  __syncthreads();
  int place = 0;
  for (unsigned i = 0; i < threadIdx.x; ++i) place += counts[i];
  if (threadIdx.x == threads - 1) p.count[local] = place + mine;
  for (int i = begin; i < end; ++i)
    if (p.expert[i] == expert) p.pairs[static_cast<int64_t>(local) * p.tokens + place++] = i;
}

struct Tile {
  float a[depth][pitch];  // pairs
  float b[depth][pitch];  // weight rows
};

// 16 values of a row into the columns of the tile, times `scale`.
__device__ void load_fp8(const __nv_fp8_e4m3* from, float scale, float (*to)[pitch], int row,
                         int column) {
  const uint4 bytes = *reinterpret_cast<const uint4*>(from);
  const auto* values = reinterpret_cast<const __nv_fp8_e4m3*>(&bytes);
  for (int i = 0; i < 16; ++i) to[column + i][row] = static_cast<float>(values[i]) * scale;
}

// sum[i][j] += a . b for the thread's eight pairs and eight weight rows: 4 from each half of the tile.
__device__ void multiply(const Tile& s, float (&sum)[8][8]) {
  const int x = threadIdx.x % 16 * 4, y = threadIdx.x / 16 * 4;
  for (int k = 0; k < depth; ++k) {
    alignas(16) float a[8], b[8];
    *reinterpret_cast<float4*>(a) = *reinterpret_cast<const float4*>(&s.a[k][y]);
    *reinterpret_cast<float4*>(a + 4) = *reinterpret_cast<const float4*>(&s.a[k][y + 64]);
    *reinterpret_cast<float4*>(b) = *reinterpret_cast<const float4*>(&s.b[k][x]);
    *reinterpret_cast<float4*>(b + 4) = *reinterpret_cast<const float4*>(&s.b[k][x + 64]);
#pragma unroll
    for (int i = 0; i < 8; ++i)
#pragma unroll
      for (int j = 0; j < 8; ++j) sum[i][j] += a[i] * b[j];
  }
}

// The row or pair of the tile that sum[i] or sum[.][i] belongs to; `first` is the thread's x or y.
__device__ int place_of(int i, int first) { return i < 4 ? first + i : 64 + first + i - 4; }

__global__ void __launch_bounds__(threads) first_gemm(Problem p) {
  __shared__ Tile s;
  const int local = blockIdx.z, count = p.count[local], first_pair = blockIdx.y * tile;
  if (first_pair >= count) return;
  const int first_column = blockIdx.x * (tile / 2);
  const int* const pairs = p.pairs + static_cast<int64_t>(local) * p.tokens;

  // The thread loads 16 columns of one pair and of one weight row: linear rows, then gated ones.
  const int row = threadIdx.x / 2, column = threadIdx.x % 2 * 16;
  const bool present = first_pair + row < count;
  const int token = present ? pairs[first_pair + row] / top_k : 0;
  const auto* const x = p.hidden_states + static_cast<int64_t>(token) * hidden;
  const int weight_row =
      row < tile / 2 ? first_column + row : intermediate + first_column + row - tile / 2;
  const auto* const w =
      p.gemm1_weights + (static_cast<int64_t>(local) * 2 * intermediate + weight_row) * hidden;
  const float* const w_scale =
      p.gemm1_weights_scale +
      (local * (2 * intermediate / block) + weight_row / block) * hidden_blocks;

  float sum[8][8] = {};
  for (int k = 0; k < hidden; k += depth) {
    const float x_scale =
        present ? p.hidden_states_scale[static_cast<int64_t>(k / block) * p.tokens + token] : 0;
    load_fp8(x + k + column, x_scale, s.a, row, column);
    load_fp8(w + k + column, w_scale[k / block], s.b, row, column);
    __syncthreads();
    multiply(s, sum);
    __syncthreads();
  }

  const int x_place = threadIdx.x % 16 * 4, y_place = threadIdx.x / 16 * 4;
  for (int i = 0; i < 8; ++i) {
    const int pair = first_pair + place_of(i, y_place);
    if (pair >= count) continue;
    float* const h = p.h + static_cast<int64_t>(pairs[pair]) * intermediate + first_column;
    for (int j = 0; j < 4; ++j) {
      const float linear = sum[i][j], gated = sum[i][j + 4];
      h[x_place + j] = linear * gated / (1 + expf(-gated));
    }
  }
}

__global__ void __launch_bounds__(threads) second_gemm(Problem p, int local) {
  __shared__ Tile s;
  const int count = p.count[local], first_pair = blockIdx.y * tile;
  if (first_pair >= count) return;
  const int first_column = blockIdx.x * tile;
  const int* const pairs = p.pairs + static_cast<int64_t>(local) * p.tokens;

  const int row = threadIdx.x / 2, column = threadIdx.x % 2 * 16;
  const bool present = first_pair + row < count;
  const float* const h =
      p.h + static_cast<int64_t>(present ? pairs[first_pair + row] : 0) * intermediate;
  const int weight_row = first_column + row;
  const auto* const w =
      p.gemm2_weights + (static_cast<int64_t>(local) * hidden + weight_row) * intermediate;
  const float* const w_scale =
      p.gemm2_weights_scale + (local * hidden_blocks + weight_row / block) * intermediate_blocks;

  float sum[8][8] = {};
  for (int k = 0; k < intermediate; k += depth) {
    for (int i = 0; i < 16; ++i) s.a[column + i][row] = present ? h[k + column + i] : 0;
    load_fp8(w + k + column, w_scale[k / block], s.b, row, column);
    __syncthreads();
    multiply(s, sum);
    __syncthreads();
  }

  const int x_place = threadIdx.x % 16 * 4, y_place = threadIdx.x / 16 * 4;
  for (int i = 0; i < 8; ++i) {
    const int place = first_pair + place_of(i, y_place);
    if (place >= count) continue;
    const int pair = pairs[place];
    float* const out = p.sum + static_cast<int64_t>(pair / top_k) * hidden + first_column;
    for (int j = 0; j < 8; ++j) out[place_of(j, x_place)] += p.weight[pair] * sum[i][j];
  }
}

__global__ void round_output(Problem p) {
  const int64_t i =
      static_cast<int64_t>(blockIdx.x) * hidden + blockIdx.y * blockDim.x + threadIdx.x;
  p.output[i] = __float2bfloat16_rn(p.sum[i]);
}

// Workspace bytes for `tokens`; with a Problem given, hand the parts of `base` to it.
uint64_t lay_out(int64_t tokens, char* base, Problem* p) {
  uint64_t used = 0;
  const auto take = [&]<class T>(T*& part, int64_t elements) {
    part = reinterpret_cast<T*>(base + used);
    used += (static_cast<uint64_t>(elements) * sizeof(T) + 255) / 256 * 256;
  };
  Problem unused;
  Problem& parts = p != nullptr ? *p : unused;
  take(parts.h, tokens * top_k * intermediate);
  take(parts.sum, tokens * hidden);
  take(parts.weight, tokens * top_k);
  take(parts.expert, tokens * top_k);
  take(parts.pairs, tokens * local_experts);
  take(parts.count, local_experts);
  return used;
}

fihost_status workspace_size(const fihost_call* call, uint64_t* bytes,
                             const fihost_sink* error) noexcept {
  const int64_t tokens = call->inputs[0].shape[0];
  if (tokens > (1 << 20)) return sdk::fail(error, FIHOST_UNSUPPORTED, "seq_len above 1048576");
  *bytes = lay_out(tokens, nullptr, nullptr);
  return FIHOST_OK;
}

Problem describe(const fihost_call& call) {
  Problem p{};
  p.routing_logits = sdk::data<const float>(call.inputs[0]);
  p.routing_bias = sdk::data<const __nv_bfloat16>(call.inputs[1]);
  p.hidden_states = sdk::data<const __nv_fp8_e4m3>(call.inputs[2]);
  p.hidden_states_scale = sdk::data<const float>(call.inputs[3]);
  p.gemm1_weights = sdk::data<const __nv_fp8_e4m3>(call.inputs[4]);
  p.gemm1_weights_scale = sdk::data<const float>(call.inputs[5]);
  p.gemm2_weights = sdk::data<const __nv_fp8_e4m3>(call.inputs[6]);
  p.gemm2_weights_scale = sdk::data<const float>(call.inputs[7]);
  p.local_expert_offset = sdk::scalar<int32_t>(call.inputs[8]);
  p.routed_scaling_factor = sdk::scalar<float>(call.inputs[9]);
  p.output = sdk::data<__nv_bfloat16>(call.outputs[0]);
  p.tokens = static_cast<int>(call.inputs[0].shape[0]);
  lay_out(p.tokens, static_cast<char*>(call.workspace), &p);
  return p;
}

fihost_status run(void*, const fihost_call* call, const fihost_sink* error) noexcept {
  const Problem p = describe(*call);
  const cudaStream_t stream = sdk::stream(*call);
  const unsigned tokens = static_cast<unsigned>(p.tokens), pair_tiles = (tokens + tile - 1) / tile;

  FIHOST_TRY_CUDA(error, cudaMemsetAsync(p.sum, 0, sizeof(float) * hidden * tokens, stream));
  route<<<tokens, experts, 0, stream>>>(p);
  FIHOST_TRY_CUDA(error, cudaGetLastError());
  list_pairs<<<local_experts, threads, 0, stream>>>(p);
  FIHOST_TRY_CUDA(error, cudaGetLastError());
  first_gemm<<<dim3(2 * intermediate / tile, pair_tiles, local_experts), threads, 0, stream>>>(p);
  FIHOST_TRY_CUDA(error, cudaGetLastError());
  for (int local = 0; local < local_experts; ++local) {
    second_gemm<<<dim3(hidden / tile, pair_tiles), threads, 0, stream>>>(p, local);
    FIHOST_TRY_CUDA(error, cudaGetLastError());
  }
  round_output<<<dim3(tokens, hidden / 1024), 1024, 0, stream>>>(p);
  FIHOST_TRY_CUDA(error, cudaGetLastError());
  return FIHOST_OK;
}

}  // namespace

const fihost_candidate fihost_candidate_v1 = {
    FIHOST_HEADER(fihost_candidate,
                  FIHOST_CANDIDATE_FLAG_DETERMINISTIC | FIHOST_CANDIDATE_FLAG_GRAPH_SAFE),
    "moe-reference",
    "moe_fp8_block_scale_ds_routing_topk8_ng8_kg4_e32_h7168_i2048",
    nullptr,
    FIHOST_ROLE_REFERENCE,
    FIHOST_CUDA,
    workspace_size,
    nullptr,
    run,
    nullptr};
