// parent: gen_000_naive.cu
// idea: group pairs by expert, read each weight once a tile through cp.async, multiply by mma.sync
// expected: memory-bound up to about 1000 tokens at half of the bandwidth or better, ten times faster
// measured: 351 us geometric mean over the 19 workloads on an H200
// learned: few pairs an expert want narrow tiles and many stages; long batches wait for mma.sync
//
// MoE on fp8 tensor cores (mma.sync), grouped by expert. Needs compute capability 8.9 or later.
//
// 1. route: one block a token; appends its pairs to the lists of their experts.
// 2. gemm, first pass: tiles of 64 intermediate columns (64 linear and 64 gated weight rows) x
//    16 or 64 pairs; SwiGLU in the same thread; the result is stored as fp8 with one scale for a
//    pair and 64 columns.
// 3. gemm, second pass: tiles of 128 output columns x 16 or 64 pairs; stored as bfloat16 a pair.
// 4. combine: weighted sum over each token's local experts.
// Weight rows are the 16-wide side of the instruction and pairs the 8-wide one, so a tile of 16
// pairs wastes little when an expert has one or two. Blocks are persistent and take tiles expert by
// expert, all tiles that share weights next to each other. Operands come through a cp.async pipeline
// of 128 columns a step, XOR-swizzled for ldmatrix. Sums of 128 columns (64 in the second pass, one
// activation scale) are added to float32 accumulators with their block scales.
// Bytes moved: active experts * 44 MB, and 31 KB a pair. Bound by memory up to about 1000 tokens;
// above, by mma.sync, which reaches about half of Hopper's fp8 rate.
#include <cuda_bf16.h>
#include <cuda_fp8.h>

#include <cstdint>
#include <fihost/cuda.hpp>
#include <new>

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 890
#error "fp8 mma.sync needs sm_89 or later"
#endif

namespace {

namespace sdk = fihost::sdk;

constexpr int experts = 256, groups = 8, group_size = 32, kept_groups = 4, top_k = 8;
constexpr int local_experts = 32, hidden = 7168, intermediate = 2048;
constexpr int block = 128, hidden_blocks = hidden / block;
constexpr int h_group = 64, h_groups = intermediate / h_group;  // columns that share a scale of h
constexpr int threads = 256, rows = 128;                        // weight rows of a tile
constexpr unsigned all_lanes = 0xffffffffu;

struct Problem {
  const float* routing_logits;
  const __nv_bfloat16* routing_bias;
  const uint8_t* hidden_states;
  const float* hidden_states_scale;
  const uint8_t* gemm1_weights;
  const float* gemm1_weights_scale;
  const uint8_t* gemm2_weights;
  const float* gemm2_weights_scale;
  __nv_bfloat16* output;
  int tokens, local_expert_offset;
  float routed_scaling_factor;

  // Workspace. Pair p is the p % 8-th choice of token p / 8; only local pairs have contents.
  uint8_t* h;        // [tokens * top_k, intermediate] fp8
  float* h_scale;    // [tokens * top_k, h_groups]
  __nv_bfloat16* y;  // [tokens * top_k, hidden]
  int* local;        // [tokens * top_k]: local expert or -1
  float* weight;     // [tokens * top_k]
  int* pairs;        // [local_experts, tokens], in any order
  int* count;        // [local_experts]
};

// One thread an expert; an expert's place among the chosen ones is the number of better experts.
__global__ void route(Problem p) {
  __shared__ float biased[experts], group_score[groups], chosen[top_k];
  const int token = blockIdx.x, e = threadIdx.x, group = e / group_size;
  const float score = 1 / (1 + expf(-p.routing_logits[int64_t{token} * experts + e]));
  const float own = score + __bfloat162float(p.routing_bias[e]);
  biased[e] = own;
  __syncthreads();
  if (e < groups) {
    float best = -INFINITY, second = -INFINITY;
    for (int i = e * group_size; i < (e + 1) * group_size; ++i) {
      second = fmaxf(second, fminf(best, biased[i]));
      best = fmaxf(best, biased[i]);
    }
    group_score[e] = best + second;
  }
  __syncthreads();
  int better_groups = 0, better_experts = 0;
  for (int g = 0; g < groups; ++g)
    better_groups +=
        group_score[g] > group_score[group] || (group_score[g] == group_score[group] && g < group);
  if (better_groups >= kept_groups) biased[e] = -INFINITY;
  __syncthreads();
  for (int i = 0; i < experts; ++i)
    better_experts += biased[i] > own || (biased[i] == own && i < e);
  const bool is_chosen = better_groups < kept_groups && better_experts < top_k;
  if (is_chosen) chosen[better_experts] = score;
  __syncthreads();
  if (!is_chosen) return;
  float sum = 1e-20f;
  for (const float value : chosen) sum += value;
  const int pair = token * top_k + better_experts, l = e - p.local_expert_offset;
  const bool is_local = l >= 0 && l < local_experts;
  p.local[pair] = is_local ? l : -1;
  p.weight[pair] = score / sum * p.routed_scaling_factor;
  if (is_local) p.pairs[int64_t{l} * p.tokens + atomicAdd(&p.count[l], 1)] = pair;
}

// The instructions.

__device__ uint32_t shared_address(const void* p) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(p));
}
// 16 bytes to shared memory, or 16 zeros.
__device__ void copy_async(void* to, const void* from, bool present) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(to)), "l"(from),
               "r"(present ? 16 : 0)
               : "memory");
}
__device__ void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
// Until at most `pending` groups of this thread are under way.
template <int pending>
__device__ void wait_for_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory");
}
__device__ void load_4_matrices(uint32_t (&m)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(m[0]), "=r"(m[1]), "=r"(m[2]), "=r"(m[3])
               : "r"(shared_address(row))
               : "memory");
}
__device__ void load_2_matrices(uint32_t& m0, uint32_t& m1, const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];"
               : "=r"(m0), "=r"(m1)
               : "r"(shared_address(row))
               : "memory");
}
// sum[16 rows][8 pairs] += a[16 rows][32] . b[32][8 pairs]
__device__ void multiply_add(float (&sum)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k32.row.col.f32.e4m3.e4m3.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// One pass for tiles of `width` pairs. Eight warps: four along the weight rows, two along the pairs.
template <bool first, int width>
struct Gemm {
  static constexpr int depth = first ? hidden : intermediate;  // length of the sums
  static constexpr int steps = depth / block;                  // of 128 columns
  static constexpr int out_columns = first ? h_group : rows;   // of a tile
  static constexpr int column_tiles = (first ? intermediate : hidden) / out_columns;
  static constexpr int scale_groups = first ? hidden_blocks : h_groups;  // activation scales a pair
  static constexpr int stages = width == 16 ? 4 : 3;
  static constexpr int n_tiles = width / 16;  // of 8 pairs, a warp
  static constexpr int out_pitch =
      out_columns + (first ? 16 : 8);  // elements, rows 16-byte aligned

  struct Stage {
    uint8_t weights[rows][block];
    uint8_t x[width][block];
  };
  struct Shared {
    alignas(128) Stage stage[stages];  // reused for the results of a tile
    float x_scale[scale_groups][width];
    float w_scale[2][steps];  // of linear and gated rows; the same in the second pass
    float largest[4][width];
    int pair[width];
    int count[local_experts];
  };
  static_assert(width * out_pitch * (first ? 1 : 2) <= sizeof(Stage) * stages);

  const Problem& p;
  Shared& s;
  int local = 0, column_tile = 0;
  int warp_row, warp_pair, lane;  // where this warp's part of the tile begins
  float sum[2][n_tiles][4];       // [linear or gated | upper or lower 16 rows][8 pairs][fragment]

  __device__ Gemm(const Problem& problem, Shared& shared) : p(problem), s(shared) {
    const int warp = threadIdx.x / 32;
    lane = threadIdx.x % 32;
    warp_row = warp / 2 * (first ? 16 : 32);
    warp_pair = warp % 2 * (width / 2);
  }

  // Take tile number `item` of all; false when there are fewer. Fills pair[] and the scales.
  __device__ bool begin(int item) {
    int tiles = 0;
    for (local = 0; local < local_experts; ++local) {
      tiles = (s.count[local] + width - 1) / width;
      if (item < tiles * column_tiles) break;
      item -= tiles * column_tiles;
    }
    if (local == local_experts) return false;
    column_tile = item / tiles;
    const int first_pair = item % tiles * width, tid = threadIdx.x;
    if (tid < width)
      s.pair[tid] = first_pair + tid < s.count[local]
                        ? p.pairs[int64_t{local} * p.tokens + first_pair + tid]
                        : -1;
    __syncthreads();
    for (int i = tid; i < scale_groups * width; i += threads) {
      const int group = i / width, pair = s.pair[i % width];
      float scale = 0;
      if (pair >= 0)
        scale = first ? p.hidden_states_scale[int64_t{group} * p.tokens + pair / top_k]
                      : p.h_scale[int64_t{pair} * h_groups + group];
      s.x_scale[group][i % width] = scale;
    }
    for (int i = tid; i < 2 * steps; i += threads) {
      const int half = i / steps, step = i % steps;
      s.w_scale[half][step] =
          first ? p.gemm1_weights_scale[((local * 2 + half) * (intermediate / block) +
                                         column_tile * h_group / block) *
                                            steps +
                                        step]
                : p.gemm2_weights_scale[(local * hidden_blocks + column_tile) * steps + step];
    }
    return true;
  }

  // Enqueue columns [step * 128, + 128) of the tile's weight rows and pairs; always one group.
  __device__ void load(int step) {
    if (step < steps) {
      Stage& stage = s.stage[step % stages];
#pragma unroll
      for (int i = 0; i < rows * 8 / threads; ++i) {
        const int chunk = threadIdx.x + i * threads, row = chunk / 8, part = chunk % 8;
        int64_t weight_row;
        if constexpr (first)
          weight_row = (int64_t{local} * 2 + row / h_group) * intermediate + column_tile * h_group +
                       row % h_group;
        else
          weight_row = int64_t{local} * hidden + column_tile * rows + row;
        copy_async(&stage.weights[row][(part ^ (row % 8)) * 16],
                   (first ? p.gemm1_weights : p.gemm2_weights) + weight_row * depth + step * block +
                       part * 16,
                   true);
      }
      for (int chunk = threadIdx.x; chunk < width * 8; chunk += threads) {
        const int row = chunk / 8, part = chunk % 8, pair = s.pair[row];
        const int64_t x_row = pair < 0 ? 0 : first ? pair / top_k : pair;
        copy_async(&stage.x[row][(part ^ (row % 8)) * 16],
                   (first ? p.hidden_states : p.h) + x_row * depth + step * block + part * 16,
                   pair >= 0);
      }
    }
    commit_copies();
  }

  // Fragments of 32 columns: four 8x16-byte matrices each, whose rows the lanes name.
  __device__ void multiply_32(const Stage& stage, int slice, float (&part)[2][n_tiles][4]) {
    const int matrix = lane / 8, r = lane % 8;  // r = row % 8 in every address below
    uint32_t a[2][4], b[n_tiles][2];
    for (int m = 0; m < 2; ++m) {
      const int row = warp_row + m * (first ? 64 : 16) + matrix % 2 * 8 + r;
      load_4_matrices(a[m], &stage.weights[row][((slice * 2 + matrix / 2) ^ r) * 16]);
    }
    if constexpr (n_tiles == 1) {
      const int row = warp_pair + r;
      load_2_matrices(b[0][0], b[0][1], &stage.x[row][((slice * 2 + matrix % 2) ^ r) * 16]);
    } else {
#pragma unroll
      for (int n = 0; n < n_tiles; n += 2) {
        const int row = warp_pair + (n + matrix / 2) * 8 + r;
        uint32_t four[4];
        load_4_matrices(four, &stage.x[row][((slice * 2 + matrix % 2) ^ r) * 16]);
        b[n][0] = four[0];
        b[n][1] = four[1];
        b[n + 1][0] = four[2];
        b[n + 1][1] = four[3];
      }
    }
#pragma unroll
    for (int m = 0; m < 2; ++m)
#pragma unroll
      for (int n = 0; n < n_tiles; ++n) multiply_add(part[m][n], a[m], b[n][0], b[n][1]);
  }

  // sum += part * scales, then part = 0.
  __device__ void promote(int step, int group, float (&part)[2][n_tiles][4]) {
#pragma unroll
    for (int n = 0; n < n_tiles; ++n) {
      const float* const x_scale = &s.x_scale[group][warp_pair + n * 8 + lane % 4 * 2];
#pragma unroll
      for (int m = 0; m < 2; ++m)
#pragma unroll
        for (int i = 0; i < 4; ++i) {
          sum[m][n][i] += part[m][n][i] * (s.w_scale[m][step] * x_scale[i % 2]);
          part[m][n][i] = 0;
        }
    }
  }

  __device__ void multiply() {
    float part[2][n_tiles][4] = {};
#pragma unroll
    for (int m = 0; m < 2; ++m)
#pragma unroll
      for (int n = 0; n < n_tiles; ++n)
#pragma unroll
        for (int i = 0; i < 4; ++i) sum[m][n][i] = 0;
    for (int step = 0; step < stages - 1; ++step) load(step);
    for (int step = 0; step < steps; ++step) {
      wait_for_copies<stages - 2>();
      __syncthreads();  // the stage is complete, and the one before is free
      load(step + stages - 1);
      const Stage& stage = s.stage[step % stages];
#pragma unroll
      for (int slice = 0; slice < 4; ++slice) {
        multiply_32(stage, slice, part);
        if (!first && slice == 1) promote(step, step * 2, part);
      }
      promote(step, first ? step : step * 2 + 1, part);
    }
    wait_for_copies<0>();
    __syncthreads();
  }

  // First pass: SwiGLU, then fp8 with the scale that makes the largest of 64 columns 448.
  __device__ void store_h() {
    auto* const out = reinterpret_cast<uint8_t*>(s.stage);
#pragma unroll
    for (int n = 0; n < n_tiles; ++n) {
      float largest[2] = {};
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const float gated = sum[1][n][i];
        sum[0][n][i] *= gated / (1 + __expf(-gated));
        largest[i % 2] = fmaxf(largest[i % 2], fabsf(sum[0][n][i]));
      }
      for (int i = 0; i < 2; ++i) {
        for (int d = 4; d < 32; d *= 2)
          largest[i] = fmaxf(largest[i], __shfl_xor_sync(all_lanes, largest[i], d));
        if (lane < 4) s.largest[threadIdx.x / 64][warp_pair + n * 8 + lane * 2 + i] = largest[i];
      }
    }
    __syncthreads();
#pragma unroll
    for (int n = 0; n < n_tiles; ++n)
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int pair = warp_pair + n * 8 + lane % 4 * 2 + i % 2;
        const float scale = scale_of(pair);
        out[pair * out_pitch + warp_row + i / 2 * 8 + lane / 4] =
            __nv_cvt_float_to_fp8(scale > 0 ? sum[0][n][i] / scale : 0, __NV_SATFINITE, __NV_E4M3);
      }
    if (threadIdx.x < width && s.pair[threadIdx.x] >= 0)
      p.h_scale[int64_t{s.pair[threadIdx.x]} * h_groups + column_tile] = scale_of(threadIdx.x);
    __syncthreads();
    copy_out(p.h, out, intermediate, out_columns);
  }
  __device__ float scale_of(int pair) const {
    return fmaxf(fmaxf(s.largest[0][pair], s.largest[1][pair]),
                 fmaxf(s.largest[2][pair], s.largest[3][pair])) /
           448;
  }

  // Second pass: as bfloat16.
  __device__ void store_y() {
    auto* const out = reinterpret_cast<__nv_bfloat16*>(s.stage);
#pragma unroll
    for (int m = 0; m < 2; ++m)
#pragma unroll
      for (int n = 0; n < n_tiles; ++n)
#pragma unroll
        for (int i = 0; i < 4; ++i)
          out[(warp_pair + n * 8 + lane % 4 * 2 + i % 2) * out_pitch + warp_row + m * 16 +
              i / 2 * 8 + lane / 4] = __float2bfloat16_rn(sum[m][n][i]);
    __syncthreads();
    copy_out(reinterpret_cast<uint8_t*>(p.y), reinterpret_cast<const uint8_t*>(s.stage), hidden * 2,
             out_columns * 2);
  }

  // Rows of `bytes` bytes from shared memory to their pairs' rows of `row_bytes`.
  __device__ void copy_out(uint8_t* to, const uint8_t* from, int row_bytes, int bytes) {
    constexpr int pitch_bytes = out_pitch * (first ? 1 : 2);
    for (int i = threadIdx.x; i < width * bytes / 16; i += threads) {
      const int row = i / (bytes / 16), part = i % (bytes / 16) * 16, pair = s.pair[row];
      if (pair >= 0)
        *reinterpret_cast<uint4*>(to + int64_t{pair} * row_bytes + column_tile * bytes + part) =
            *reinterpret_cast<const uint4*>(from + row * pitch_bytes + part);
    }
    __syncthreads();  // the next tile overwrites all of it
  }
};

template <bool first, int width>
__global__ void __launch_bounds__(threads, 2) gemm(Problem p) {
  extern __shared__ __align__(128) uint8_t memory[];
  auto& shared = *reinterpret_cast<typename Gemm<first, width>::Shared*>(memory);
  if (threadIdx.x < local_experts) shared.count[threadIdx.x] = p.count[threadIdx.x];
  __syncthreads();
  Gemm<first, width> gemm(p, shared);
  for (int item = blockIdx.x; gemm.begin(item); item += gridDim.x) {
    gemm.multiply();
    if constexpr (first)
      gemm.store_h();
    else
      gemm.store_y();
  }
}

// One block a token, eight columns a thread.
__global__ void combine(Problem p) {
  const int token = blockIdx.x, column = threadIdx.x * 8;
  float sum[8] = {};
  for (int pair = token * top_k; pair < (token + 1) * top_k; ++pair) {
    if (p.local[pair] < 0) continue;
    const uint4 part = *reinterpret_cast<const uint4*>(p.y + int64_t{pair} * hidden + column);
    const auto* const y = reinterpret_cast<const __nv_bfloat16*>(&part);
    for (int i = 0; i < 8; ++i) sum[i] += p.weight[pair] * __bfloat162float(y[i]);
  }
  uint4 result;
  auto* const rounded = reinterpret_cast<__nv_bfloat16*>(&result);
  for (int i = 0; i < 8; ++i) rounded[i] = __float2bfloat16_rn(sum[i]);
  *reinterpret_cast<uint4*>(p.output + int64_t{token} * hidden + column) = result;
}

// Workspace bytes for `tokens`; hands the parts of `base` to `p`.
uint64_t lay_out(int64_t tokens, char* base, Problem& p) {
  uint64_t used = 0;
  const auto take = [&]<class T>(T*& part, int64_t elements) {
    part = reinterpret_cast<T*>(base + used);
    used += (static_cast<uint64_t>(elements) * sizeof(T) + 255) / 256 * 256;
  };
  take(p.h, tokens * top_k * intermediate);
  take(p.h_scale, tokens * top_k * h_groups);
  take(p.y, tokens * top_k * hidden);
  take(p.local, tokens * top_k);
  take(p.weight, tokens * top_k);
  take(p.pairs, tokens * local_experts);
  take(p.count, local_experts);
  return used;
}

fihost_status workspace_size(const fihost_call* call, uint64_t* bytes,
                             const fihost_sink* error) noexcept {
  const int64_t tokens = call->inputs[0].shape[0];
  if (tokens > (1 << 20)) return sdk::fail(error, FIHOST_UNSUPPORTED, "seq_len above 1048576");
  Problem unused;
  *bytes = lay_out(tokens, nullptr, unused);
  return FIHOST_OK;
}

// How one pass is launched: as many blocks as run at once.
struct Launch {
  void (*kernel)(Problem);
  int shared_bytes;
  int blocks;
};
struct State {
  Launch passes[2];
};

fihost_status prepare(const fihost_call* call, void** state, const fihost_sink* error) noexcept {
  // An expert has seq_len / 32 tokens on average.
  const bool narrow = call->inputs[0].shape[0] <= 256;
  State made;
  if (narrow)
    made = {{{gemm<true, 16>, sizeof(Gemm<true, 16>::Shared), 0},
             {gemm<false, 16>, sizeof(Gemm<false, 16>::Shared), 0}}};
  else
    made = {{{gemm<true, 64>, sizeof(Gemm<true, 64>::Shared), 0},
             {gemm<false, 64>, sizeof(Gemm<false, 64>::Shared), 0}}};
  int processors = 0, resident = 0;
  FIHOST_TRY_CUDA(
      error, cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, call->device.id));
  for (Launch& pass : made.passes) {
    const void* const kernel = reinterpret_cast<const void*>(pass.kernel);
    FIHOST_TRY_CUDA(error, cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                                pass.shared_bytes));
    FIHOST_TRY_CUDA(error, cudaOccupancyMaxActiveBlocksPerMultiprocessor(&resident, kernel, threads,
                                                                         pass.shared_bytes));
    pass.blocks = processors * resident;
  }
  *state = new (std::nothrow) State(made);
  return *state != nullptr ? FIHOST_OK : sdk::fail(error, FIHOST_OUT_OF_MEMORY, "out of memory");
}

void release(void* state) noexcept { delete static_cast<State*>(state); }

fihost_status run(void* state, const fihost_call* call, const fihost_sink* error) noexcept {
  const fihost_tensor* const in = call->inputs;
  Problem p{};
  p.routing_logits = sdk::data<const float>(in[0]);
  p.routing_bias = sdk::data<const __nv_bfloat16>(in[1]);
  p.hidden_states = sdk::data<const uint8_t>(in[2]);
  p.hidden_states_scale = sdk::data<const float>(in[3]);
  p.gemm1_weights = sdk::data<const uint8_t>(in[4]);
  p.gemm1_weights_scale = sdk::data<const float>(in[5]);
  p.gemm2_weights = sdk::data<const uint8_t>(in[6]);
  p.gemm2_weights_scale = sdk::data<const float>(in[7]);
  p.local_expert_offset = sdk::scalar<int32_t>(in[8]);
  p.routed_scaling_factor = sdk::scalar<float>(in[9]);
  p.output = sdk::data<__nv_bfloat16>(call->outputs[0]);
  p.tokens = static_cast<int>(in[0].shape[0]);
  lay_out(p.tokens, static_cast<char*>(call->workspace), p);

  const cudaStream_t stream = sdk::stream(*call);
  FIHOST_TRY_CUDA(error, cudaMemsetAsync(p.count, 0, sizeof(int) * local_experts, stream));
  route<<<p.tokens, experts, 0, stream>>>(p);
  FIHOST_TRY_CUDA(error, cudaGetLastError());
  for (const Launch& pass : static_cast<const State*>(state)->passes) {
    pass.kernel<<<pass.blocks, threads, pass.shared_bytes, stream>>>(p);
    FIHOST_TRY_CUDA(error, cudaGetLastError());
  }
  combine<<<p.tokens, hidden / 8, 0, stream>>>(p);
  FIHOST_TRY_CUDA(error, cudaGetLastError());
  return FIHOST_OK;
}

}  // namespace

const fihost_candidate fihost_candidate_v1 = {
    FIHOST_HEADER(fihost_candidate,
                  FIHOST_CANDIDATE_FLAG_DETERMINISTIC | FIHOST_CANDIDATE_FLAG_GRAPH_SAFE),
    "moe-mma",
    "moe_fp8_block_scale_ds_routing_topk8_ng8_kg4_e32_h7168_i2048",
    nullptr,
    FIHOST_ROLE_CANDIDATE,
    FIHOST_CUDA,
    workspace_size,
    prepare,
    run,
    release};
