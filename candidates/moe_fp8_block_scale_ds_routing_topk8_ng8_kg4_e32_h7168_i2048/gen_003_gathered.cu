// parent: gen_002_grouped.cu
// idea: the kernel that sorts the pairs also copies their rows of x, and the scales, into that
//   order, so that the copy engine fetches everything and one warp can fill the whole ring
// expected: below what an expert library needs for the two GEMMs alone: 375 us at 901 tokens, 1132
//   us at 14107
// measured: on an H200 293 us at 57 tokens, 361 at 901, 1.60 ms at 14107
// learned: 293 us instead of 327 at 57 tokens, 361 instead of 407 at 901, 1.60 ms instead of 1.95
//   at 14107. There promotion is in the way (two multiplications and one addition a sum, as token
//   scale times weight scale differs for each): about 190 instructions a warp and step, 84 % of the
//   issue slots of the time that the tensor cores need for it
//
// MoE for Hopper (sm_90a): any seq_len and any routing. Four kernels, chained by programmatic
// dependent launches:
// 1. route: a warp a token. Chosen local experts as a mask, their weights, experts' token counts a
//    block. Clears the counters of kernel 3.
// 2. sort: pairs (token, local expert) in the order of expert, then token, whatever the order of
//    atomics: every sum is the same in each run. An expert begins at a multiple of 16 pairs, which
//    aligns its scales for bulk copies. Then a warp a token copies the token's row of x and its
//    scales to the places of all its pairs.
// 3. experts: both matrix products in one persistent kernel, a block a multiprocessor. An expert's
//    pairs are cut into equal chunks of at most 128. Items of work, handed out in this order by a
//    counter: first for each expert, for each group of 128 intermediate channels, for each chunk;
//    then for each expert, for each 128 output columns, for each chunk. What runs at one time
//    shares weights, which thus come from memory once. An item of the second product waits until
//    the 16 of the first that make its chunk of h have been published; those never wait, and have
//    all been handed out before. Rows of the output of tokens without pairs are cleared, and those
//    of tokens with one pair written, on the way.
// 4. combine: the sum over the pairs of tokens that have more than one, rounded once.
//
// Tiles of `experts`: 128 weight rows x 16..128 pairs (a multiple of 16) x 128 columns a stage. Two
// warpgroups multiply (64 rows each, wgmma m64nNk32). One lane of a third one fills a ring of
// stages: weights and pairs by TMA (there is a tensor map for every width of a box, 16 to 128
// pairs), pairs' scales by a 1-D bulk copy; the weights' scales go from global memory to registers.
// The other three warps clear rows of the output. wgmma sums 128 columns; these sums are scaled and
// added in float32, with two sets of sums under way.
// The first product takes 128 channels in two passes over even and odd ones: 64 linear and 64 gated
// weight rows, interleaved by eights by the tensor map, so that a thread holds both values of a
// channel, and after both passes two channels that lie next to each other in h. h is stored as fp8
// with one scale for a pair and 128 channels, times the routing weight.
// Bytes moved: active experts * 44 MB, 47 KB a pair, 22 KB a token. Bound by memory while an expert
// has few pairs, by the instructions that scale sums when it has many.
#include <cuda.h>
#include <cuda_bf16.h>
#include <cuda_fp8.h>
#include <fihost/tune.h>

#include <algorithm>
#include <cstdint>
#include <fihost/cuda.hpp>
#include <new>

#ifdef FIHOST_DEBUG_HANG
#include <cstdio>
#endif

namespace {

namespace sdk = fihost::sdk;

constexpr int experts = 256, groups = 8, kept_groups = 4, top_k = 8;
constexpr int local_experts = 32, hidden = 7168, intermediate = 2048;
constexpr int block = 128;  // columns, and rows of a weight, that share a scale
constexpr int hidden_blocks = hidden / block, h_blocks = intermediate / block;
constexpr unsigned all_lanes = 0xffffffffu;
constexpr float largest_fp8 = 448;
constexpr float negligible = 1e-30f;  // h below that is zero; the inverse of its scale overflows

constexpr int rows = 128;       // weight rows of a tile
constexpr int max_width = 128;  // pairs of a tile
constexpr int math_warps = 8, math_threads = math_warps * 32;
constexpr int fill_warps = 4, fill_threads = fill_warps * 32;
constexpr int threads = math_threads + fill_threads;
constexpr int math_registers = 232, fill_registers = 40;  // 168 a thread are there at the start
constexpr int64_t max_tokens = 1 << 20;
constexpr int max_route_blocks = 256;

FIHOST_TUNE(int, stages, 6, 4, 5, 6);
// Stages that are on their way at a time.
FIHOST_TUNE(int, in_flight, 6, 2, 3, 4, 5, 6);
// The next item is asked for so many stages before the end of one.
FIHOST_TUNE(int, ask_ahead, 4, 2, 4, 8, 12);
FIHOST_TUNE(int, route_warps, 32, 8, 16, 32);
FIHOST_TUNE_REQUIRE(in_flight <= stages);

struct Problem {
  const float* routing_logits;
  const __nv_bfloat16* routing_bias;
  const uint8_t* hidden_states;
  const float* hidden_states_scale;
  const float* gemm1_weights_scale;
  const float* gemm2_weights_scale;
  __nv_bfloat16* output;
  int tokens, local_expert_offset;
  float routed_scaling_factor;

  // Workspace. A pair's number is its place in the order of expert, then token; an expert begins at
  // a multiple of 16.
  uint32_t* local;     // [tokens]: bit l is set if local expert l is among the chosen
  float* weight;       // [tokens, top_k]: of the set bits, in their order
  int* token_pair;     // [tokens, top_k]: likewise
  int* count;          // [local_experts, blocks of route]
  int* first_pair;     // [local_experts]
  int* pairs;          // [local_experts]: how many
  uint8_t* x;          // [max_pairs, hidden] fp8
  float* x_scale;      // [hidden_blocks, max_pairs]
  float* pair_weight;  // [max_pairs]
  int* only_token;     // [max_pairs]: the pair's token if it has no other pair, or -1
  uint8_t* h;          // [max_pairs, intermediate] fp8
  float* h_scale;      // [h_blocks, max_pairs], times the routing weight
  __nv_bfloat16* y;    // [max_pairs, hidden]
  int* ready;          // [max_chunks]: warps that have published their part of h
  int* asked;          // items handed out
};

// Pairs and chunks that `tokens` can lead to.
__host__ __device__ constexpr int64_t max_pairs(int64_t tokens) {
  return (tokens * top_k + 15) / 16 * 16 + local_experts * 16;
}
__host__ __device__ constexpr int64_t max_chunks(int64_t tokens) {
  return max_pairs(tokens) / max_width + local_experts;
}

// Programmatic dependent launch: let the next kernel begin; wait for the previous ones' results.
__device__ void start_next_kernel() { asm volatile("griddepcontrol.launch_dependents;"); }
__device__ void await_previous_kernel() { asm volatile("griddepcontrol.wait;" ::: "memory"); }

// Routing.

// Eight of a token's experts, one lane's share, best first.
struct Candidates {
  uint32_t key[8];  // ordered like score + bias
  int expert[8];
  float score[8];

  __device__ void order(int i, int j) {
    if (key[j] < key[i] || (key[j] == key[i] && expert[j] > expert[i])) return;
    const uint32_t other_key = key[i];
    const int other_expert = expert[i];
    const float other_score = score[i];
    key[i] = key[j];
    expert[i] = expert[j];
    score[i] = score[j];
    key[j] = other_key;
    expert[j] = other_expert;
    score[j] = other_score;
  }
  // Batcher's network; lower numbers win ties.
  __device__ void sort() {
    constexpr int network[19][2] = {{0, 1}, {2, 3}, {4, 5}, {6, 7}, {0, 2}, {1, 3}, {4, 6},
                                    {5, 7}, {1, 2}, {5, 6}, {0, 4}, {1, 5}, {2, 6}, {3, 7},
                                    {2, 4}, {3, 5}, {1, 2}, {3, 4}, {5, 6}};
#pragma unroll
    for (int i = 0; i < 19; ++i) order(network[i][0], network[i][1]);
  }
};

// Whether this lane's group of four lanes is among the best. Given: the lane's two largest values.
__device__ bool is_kept_group(int lane, float best, float second) {
#pragma unroll
  for (int distance = 1; distance < 4; distance *= 2) {
    const float other_best = __shfl_xor_sync(all_lanes, best, distance);
    const float other_second = __shfl_xor_sync(all_lanes, second, distance);
    second = fmaxf(fminf(best, other_best), fmaxf(second, other_second));
    best = fmaxf(best, other_best);
  }
  const float own = best + second;
  int better = 0;
#pragma unroll
  for (int g = 0; g < groups; ++g) {
    const float other = __shfl_sync(all_lanes, own, g * 4);
    better += other > own || (other == own && g < lane / 4);
  }
  return better < kept_groups;
}

// How many of the warp's best top_k experts are this lane's; its candidates are sorted.
__device__ int count_chosen(int lane, const uint32_t (&sorted)[8], bool is_kept) {
  uint32_t key[8];
#pragma unroll
  for (int i = 0; i < 8; ++i) key[i] = is_kept ? sorted[i] : 0;
  int chosen = 0;
#pragma unroll
  for (int round = 0; round < top_k; ++round) {
    const uint32_t best = __reduce_max_sync(all_lanes, key[0]);
    const unsigned holders = __ballot_sync(all_lanes, key[0] == best);
    if (lane != __ffs(holders) - 1) continue;
    ++chosen;
#pragma unroll
    for (int i = 0; i < 7; ++i) key[i] = key[i + 1];
    key[7] = 0;
  }
  return chosen;
}

// One warp routes one token; a lane has experts 8 * lane .. 8 * lane + 7.
__device__ void route_token(const Problem& p, int token, const float (&bias)[8], int* count) {
  const int lane = threadIdx.x % 32;
  const auto* const logits =
      reinterpret_cast<const float4*>(p.routing_logits + int64_t{token} * experts) + lane * 2;
  const float4 low = logits[0], high = logits[1];
  const float x[8] = {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w};
  Candidates c;
  float best = -INFINITY, second = -INFINITY;
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    c.score[i] = 1 / (1 + expf(-x[i]));
    c.expert[i] = lane * 8 + i;
    const float biased = c.score[i] + bias[i];
    second = fmaxf(second, fminf(best, biased));
    best = fmaxf(best, biased);
    const uint32_t bits = __float_as_uint(biased);
    c.key[i] = bits & 0x80000000u ? ~bits : bits | 0x80000000u;
  }
  const bool is_kept = is_kept_group(lane, best, second);
  c.sort();
  const int chosen = count_chosen(lane, c.key, is_kept);
  float sum = 0;
  uint32_t local = 0;
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    const unsigned l = static_cast<unsigned>(c.expert[i]) - p.local_expert_offset;
    if (i < chosen) sum += c.score[i];
    if (i < chosen && l < local_experts) local |= 1u << l;
  }
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2)
    sum += __shfl_xor_sync(all_lanes, sum, distance);
  const uint32_t all_local = __reduce_or_sync(all_lanes, local);
  if (lane == 0) p.local[token] = all_local;
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    const unsigned l = static_cast<unsigned>(c.expert[i]) - p.local_expert_offset;
    if (i >= chosen || l >= local_experts) continue;
    const int slot = __popc(all_local & ((1u << l) - 1));
    p.weight[int64_t{token} * top_k + slot] = c.score[i] / (sum + 1e-20f) * p.routed_scaling_factor;
    atomicAdd(&count[l], 1);
  }
}

// The tokens of a block of `route` and of `sort`.
struct Range {
  int begin, end;
};
__device__ Range tokens_of_block(int tokens) {
  const int share = (tokens + gridDim.x - 1) / gridDim.x;
  const int begin = min(tokens, static_cast<int>(blockIdx.x) * share);
  return {begin, min(tokens, begin + share)};
}

__global__ void __launch_bounds__(route_warps * 32) route(Problem p) {
  __shared__ int count[local_experts];
  start_next_kernel();
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int64_t thread = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (thread == 0) *p.asked = 0;
  for (int64_t i = thread; i < max_chunks(p.tokens); i += int64_t{gridDim.x} * blockDim.x)
    p.ready[i] = 0;
  if (threadIdx.x < local_experts) count[threadIdx.x] = 0;
  float bias[8];
#pragma unroll
  for (int i = 0; i < 8; ++i) bias[i] = __bfloat162float(p.routing_bias[lane * 8 + i]);
  __syncthreads();
  const Range range = tokens_of_block(p.tokens);
  for (int token = range.begin + warp; token < range.end; token += route_warps)
    route_token(p, token, bias, count);
  __syncthreads();
  if (threadIdx.x < local_experts)
    p.count[threadIdx.x * gridDim.x + blockIdx.x] = count[threadIdx.x];
}

// One warp: a token's row and scales to all of its pairs.
__device__ void gather(const Problem& p, int64_t token) {
  constexpr int parts = hidden / 16 / 32 / 2;  // of 16 bytes, a lane and half of the row
  const int lane = threadIdx.x % 32, pairs = __popc(p.local[token]);
  if (pairs == 0) return;
#pragma unroll 1
  for (int half = 0; half < 2; ++half) {
    const int64_t begin = half * parts * 32 + lane;
    const auto* const from =
        reinterpret_cast<const uint4*>(p.hidden_states + token * hidden) + begin;
    const int b = half * 32 + lane;
    const float scale =
        b < hidden_blocks ? p.hidden_states_scale[b * int64_t{p.tokens} + token] : 0;
    uint4 part[parts];
#pragma unroll
    for (int i = 0; i < parts; ++i) part[i] = from[i * 32];
    for (int k = 0; k < pairs; ++k) {
      const int64_t pair = p.token_pair[token * top_k + k];
      auto* const to = reinterpret_cast<uint4*>(p.x + pair * hidden) + begin;
#pragma unroll
      for (int i = 0; i < parts; ++i) to[i * 32] = part[i];
      if (b < hidden_blocks) p.x_scale[b * max_pairs(p.tokens) + pair] = scale;
    }
  }
}

// One warp a local expert; then one warp a token.
__global__ void __launch_bounds__(local_experts * 32) sort(Problem p) {
  __shared__ int total[local_experts], earlier[local_experts], first[local_experts];
  start_next_kernel();
  const int expert = threadIdx.x / 32, lane = threadIdx.x % 32;
  await_previous_kernel();
  int all = 0, before = 0;  // pairs of the expert in all blocks, in those before this one
  for (int b = lane; b < gridDim.x; b += 32) {
    const int count = p.count[expert * gridDim.x + b];
    all += count;
    if (b < blockIdx.x) before += count;
  }
  all = __reduce_add_sync(all_lanes, all);
  before = __reduce_add_sync(all_lanes, before);
  if (lane == 0) total[expert] = all, earlier[expert] = before;
  __syncthreads();
  if (expert == 0) {
    const int padded = (total[lane] + 15) / 16 * 16;
    int end = padded;
    for (int distance = 1; distance < 32; distance *= 2) {
      const int other = __shfl_up_sync(all_lanes, end, distance);
      if (lane >= distance) end += other;
    }
    first[lane] = end - padded + earlier[lane];
    if (blockIdx.x == 0) {
      p.first_pair[lane] = end - padded;
      p.pairs[lane] = total[lane];
    }
  }
  __syncthreads();
  int next = first[expert];
  const Range range = tokens_of_block(p.tokens);
  for (int begin = range.begin; begin < range.end; begin += 32) {
    const int token = begin + lane;
    const uint32_t local = token < range.end ? p.local[token] : 0;
    const bool is_chosen = local >> expert & 1;
    const unsigned votes = __ballot_sync(all_lanes, is_chosen);
    if (is_chosen) {
      const int64_t slot = int64_t{token} * top_k + __popc(local & ((1u << expert) - 1));
      const int pair = next + __popc(votes & ((1u << lane) - 1));
      p.pair_weight[pair] = p.weight[slot];
      p.only_token[pair] = __popc(local) == 1 ? token : -1;
      p.token_pair[slot] = pair;
    }
    next += __popc(votes);
  }
  __syncthreads();
  for (int token = range.begin + expert; token < range.end; token += local_experts)
    gather(p, token);
}

// The instructions of `experts`.

__device__ uint32_t shared_address(const void* p) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(p));
}

__device__ void initialize(uint64_t& barrier, int arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(&barrier)),
               "r"(arrivals)
               : "memory");
}
__device__ void arrive(uint64_t& barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(&barrier))
               : "memory");
}
__device__ void arrive_and_expect(uint64_t& barrier, int bytes) {
  asm volatile(
      "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(&barrier)),
      "r"(bytes)
      : "memory");
}
__device__ bool is_complete(uint64_t& barrier, uint32_t parity) {
  uint32_t complete;
  asm volatile(
      "{\n.reg .pred p;\n"
      "mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\n"
      "selp.u32 %0, 1, 0, p;\n}"
      : "=r"(complete)
      : "r"(shared_address(&barrier)), "r"(parity)
      : "memory");
  return complete;
}

// The body of a loop that waits: with FIHOST_DEBUG_HANG, says where it hangs and traps.
#ifdef FIHOST_DEBUG_HANG
__device__ void count_poll(unsigned& polls, const char* what, int stage, unsigned phase) {
  if (++polls < 20000000u) return;
  printf("hang: block %d thread %d waits for %s, %d, %u\n", blockIdx.x, threadIdx.x, what, stage,
         phase);
  __trap();
}
#else
__device__ void count_poll(unsigned&, const char*, int, unsigned) {}
#endif
__device__ void await(uint64_t& barrier, const char* what, int stage, uint32_t parity) {
  unsigned polls = 0;
  while (!is_complete(barrier, parity)) count_poll(polls, what, stage, parity);
}

// Between ordinary accesses and those of wgmma and the copy engine.
__device__ void fence_async_proxy() { asm volatile("fence.proxy.async;" ::: "memory"); }
__device__ int load_acquire(const int* p) {
  int value;
  asm volatile("ld.acquire.gpu.global.s32 %0, [%1];" : "=r"(value) : "l"(p) : "memory");
  return value;
}
__device__ void add_release(int* p, int value) {
  asm volatile("red.release.gpu.global.add.s32 [%0], %1;" ::"l"(p), "r"(value) : "memory");
}
template <int id, int count>
__device__ void synchronize() {
  asm volatile("bar.sync %0, %1;" ::"n"(id), "n"(count) : "memory");
}

__device__ void load_bulk(void* to, const void* from, int bytes, uint64_t& barrier) {
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::
          "r"(shared_address(to)),
      "l"(from), "r"(bytes), "r"(shared_address(&barrier))
      : "memory");
}
__device__ void load_box(void* to, const CUtensorMap& map, uint64_t& barrier, int column, int row) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes "
      "[%0], [%1, {%3, %4}], [%2];" ::"r"(shared_address(to)),
      "l"(&map), "r"(shared_address(&barrier)), "r"(column), "r"(row)
      : "memory");
}
// All eight rows and both halves, from 16-row group `group` of `expert` on.
__device__ void load_interleaved_box(void* to, const CUtensorMap& map, uint64_t& barrier,
                                     int column, int group, int expert) {
  asm volatile(
      "cp.async.bulk.tensor.5d.shared::cluster.global.mbarrier::complete_tx::bytes "
      "[%0], [%1, {%3, %4, %4, %5, %6}], [%2];" ::"r"(shared_address(to)),
      "l"(&map), "r"(shared_address(&barrier)), "r"(column), "r"(0), "r"(group), "r"(expert)
      : "memory");
}
// Transposed 8x8 matrices of 16-bit elements; the lanes name their rows.
__device__ void store_2_transposed(uint32_t row, uint32_t m0, uint32_t m1) {
  asm volatile("stmatrix.sync.aligned.m8n8.x2.trans.shared.b16 [%0], {%1, %2};" ::"r"(row), "r"(m0),
               "r"(m1)
               : "memory");
}
__device__ void store_4_transposed(uint32_t row, uint32_t m0, uint32_t m1, uint32_t m2,
                                   uint32_t m3) {
  asm volatile("stmatrix.sync.aligned.m8n8.x4.trans.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(row),
               "r"(m0), "r"(m1), "r"(m2), "r"(m3)
               : "memory");
}

// A tile in shared memory for wgmma: rows of 128 bytes, 128-byte swizzle (16-byte part i of row r
// lies at i ^ (r % 8)), 1024 bytes from eight rows to the next. 32 columns further is 2 more.
__device__ uint64_t matrix_descriptor(const void* tile) {
  return (shared_address(tile) & 0x3ffff) >> 4 | uint64_t{1} << 16 | uint64_t{1024 >> 4} << 32 |
         uint64_t{1} << 62;
}
__device__ void begin_products() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
__device__ void commit_products() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
template <int pending>
__device__ void wait_for_products() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(pending) : "memory");
}
// The compiler moves no use of the sums across this.
template <int count>
__device__ void pin(float (&sum)[count]) {
#pragma unroll
  for (int i = 0; i < count; ++i) asm volatile("" : "+f"(sum[i])::"memory");
}

// sum[64 rows][n pairs] (+)= a[64 rows][32] . b[n pairs][32]. A thread of warp w has in sum[4j + i]
// row 16w + lane / 4 + i / 2 * 8 and pair 8j + lane % 4 * 2 + i % 2.
template <int n>
__device__ void multiply_add(float (&sum)[n / 2], uint64_t a, uint64_t b, bool adds);

// clang-format off
#define REGISTERS_16 "%0, %1, %2, %3, %4, %5, %6, %7"
#define REGISTERS_32 REGISTERS_16 ", %8, %9, %10, %11, %12, %13, %14, %15"
#define REGISTERS_48 REGISTERS_32 ", %16, %17, %18, %19, %20, %21, %22, %23"
#define REGISTERS_64 REGISTERS_48 ", %24, %25, %26, %27, %28, %29, %30, %31"
#define REGISTERS_80 REGISTERS_64 ", %32, %33, %34, %35, %36, %37, %38, %39"
#define REGISTERS_96 REGISTERS_80 ", %40, %41, %42, %43, %44, %45, %46, %47"
#define REGISTERS_112 REGISTERS_96 ", %48, %49, %50, %51, %52, %53, %54, %55"
#define REGISTERS_128 REGISTERS_112 ", %56, %57, %58, %59, %60, %61, %62, %63"
#define EIGHT(i) "+f"(sum[i]), "+f"(sum[i + 1]), "+f"(sum[i + 2]), "+f"(sum[i + 3]), \
                 "+f"(sum[i + 4]), "+f"(sum[i + 5]), "+f"(sum[i + 6]), "+f"(sum[i + 7])
#define SUMS_16 EIGHT(0)
#define SUMS_32 SUMS_16, EIGHT(8)
#define SUMS_48 SUMS_32, EIGHT(16)
#define SUMS_64 SUMS_48, EIGHT(24)
#define SUMS_80 SUMS_64, EIGHT(32)
#define SUMS_96 SUMS_80, EIGHT(40)
#define SUMS_112 SUMS_96, EIGHT(48)
#define SUMS_128 SUMS_112, EIGHT(56)
// The operands after the sums are a, b and adds.
#define MULTIPLY_ADD(n, a_operand, b_operand, adds_operand)                                        \
  template <>                                                                                      \
  __device__ __forceinline__ void multiply_add<n>(float (&sum)[n / 2], uint64_t a, uint64_t b,     \
                                                  bool adds) {                                     \
    asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, " adds_operand ", 0;\n"                         \
                 "wgmma.mma_async.sync.aligned.m64n" #n "k32.f32.e4m3.e4m3 {" REGISTERS_##n "}, "  \
                 a_operand ", " b_operand ", p, 1, 1;\n}"                                          \
                 : SUMS_##n                                                                        \
                 : "l"(a), "l"(b), "r"(static_cast<int>(adds)));                                   \
  }
MULTIPLY_ADD(16, "%8", "%9", "%10")
MULTIPLY_ADD(32, "%16", "%17", "%18")
MULTIPLY_ADD(48, "%24", "%25", "%26")
MULTIPLY_ADD(64, "%32", "%33", "%34")
MULTIPLY_ADD(80, "%40", "%41", "%42")
MULTIPLY_ADD(96, "%48", "%49", "%50")
MULTIPLY_ADD(112, "%56", "%57", "%58")
MULTIPLY_ADD(128, "%64", "%65", "%66")
// clang-format on

// Shared memory of `experts`.

struct alignas(16) Scales {
  float pair[max_width];
  int item;  // to which the stage belongs; no_item: there are no more
};
constexpr int no_item = -1;
constexpr int staging_bytes = 2048;  // a warp: 64 pairs x 16 columns of bfloat16

struct Shared {
  alignas(1024) uint8_t weights[stages][rows * block];
  alignas(1024) uint8_t pairs[stages][max_width * block];
  alignas(128) uint8_t staging[math_warps][staging_bytes];
  Scales scales[stages];
  alignas(8) __nv_bfloat162 largest[math_warps][max_width / 2];  // |h| of a warp's channels
  alignas(8) float inverse_scale[max_width];                     // of h
  uint64_t full[stages];   // arrivals: one that expects the copies
  uint64_t empty[stages];  // arrivals: one a math warp
  int first_item;
  int first_pair[local_experts], pair_count[local_experts];
  int chunk_end[local_experts];  // chunks of the experts up to and with this one
};
FIHOST_TUNE_BLOCK(threads, sizeof(Shared));
static_assert(sizeof(Shared) <= 227 * 1024);

// The next stage of the ring, and how often the ring has come round (its lowest bit).
struct Place {
  int stage = 0;
  uint32_t round = 0;

  __device__ void advance() {
    if (++stage < stages) return;
    stage = 0;
    round ^= 1;
  }
};

// What is multiplied by one block in one go.
struct Item {
  bool is_first;   // product
  int expert;      // local; local_experts if there is no such item
  int tile;        // of 128 intermediate channels, or of 128 output columns
  int chunk;       // among those of all experts
  int first_pair;  // of the chunk
  int pairs;
};

// The order of work: see the head of this file. All lanes call it with one number.
__device__ __forceinline__ Item find_item(const Shared& s, int number) {
  const int chunks = s.chunk_end[local_experts - 1];
  Item item{};
  item.is_first = number < chunks * h_blocks;
  if (!item.is_first) number -= chunks * h_blocks;
  const int tiles = item.is_first ? h_blocks : hidden_blocks;
  const int end = s.chunk_end[threadIdx.x % 32] * tiles;
  item.expert = __popc(__ballot_sync(all_lanes, end <= number));
  if (item.expert == local_experts) return item;
  const int before = item.expert > 0 ? s.chunk_end[item.expert - 1] : 0;
  const int own_chunks = s.chunk_end[item.expert] - before;
  number -= before * tiles;
  item.tile = number / own_chunks;
  const int chunk = number % own_chunks;
  item.chunk = before + chunk;
  const int begin = s.first_pair[item.expert], all = s.pair_count[item.expert];
  const int width = ((all + own_chunks - 1) / own_chunks + 15) / 16 * 16;
  item.first_pair = begin + chunk * width;
  item.pairs = min(width, all - chunk * width);
  return item;
}

// One warp: the table that find_item() reads.
__device__ void find_chunks(const Problem& p, Shared& s) {
  const int lane = threadIdx.x % 32;
  const int pairs = p.pairs[lane];
  int end = (pairs + max_width - 1) / max_width;
  for (int distance = 1; distance < 32; distance *= 2) {
    const int other = __shfl_up_sync(all_lanes, end, distance);
    if (lane >= distance) end += other;
  }
  s.first_pair[lane] = p.first_pair[lane];
  s.pair_count[lane] = pairs;
  s.chunk_end[lane] = end;
}

constexpr int widths = max_width / 16;
struct Maps {
  CUtensorMap first[2];  // weights: even and odd channels
  CUtensorMap second;
  CUtensorMap x[widths], h[widths];  // 16, 32, ... pairs at a time
};

// Zeros to the output rows of tokens without pairs, while the memory has little else to do. By all
// filling warps but the first.
__device__ __forceinline__ void clear_rows(const Problem& p) {
  constexpr int warps = fill_warps - 1;
  const int lane = threadIdx.x % 32, warp = (threadIdx.x - math_threads) / 32 - 1;
  for (int64_t token = blockIdx.x * warps + warp; token < p.tokens; token += gridDim.x * warps)
    if (p.local[token] == 0)
      for (int i = lane; i < hidden / 8; i += 32)
        reinterpret_cast<uint4*>(p.output + token * hidden)[i] = uint4{};
}

// The warp that fills the ring. Its first lane does it alone: what a stage costs it must stay far
// below what the math needs for one, so everything that an item's stages share is found before.
struct Filler {
  const Problem& p;
  const Maps& maps;
  Shared& s;
  Place place{}, landing{};  // to be filled next; in_flight stages behind
  int started = 0;

  __device__ __forceinline__ void await_stage() {
    await(s.empty[place.stage], "an empty stage", place.stage, place.round ^ 1);
    if (in_flight == stages || started++ < in_flight) return;
    await(s.full[landing.stage], "a landing stage", landing.stage, landing.round);
    landing.advance();
  }
  // Until a chunk of h is there.
  __device__ __forceinline__ void await_h(int chunk) {
    unsigned polls = 0;
    while (load_acquire(&p.ready[chunk]) < h_blocks * math_warps)
      count_poll(polls, "h of a chunk", chunk, 0);
    fence_async_proxy();
  }

  // Fill the stages of one item, and ask for another one.
  template <bool is_first>
  __device__ __forceinline__ int fill(const Item& item, int number) {
    constexpr int passes = is_first ? 2 : 1, steps = is_first ? hidden_blocks : h_blocks;
    const int width = (item.pairs + 15) / 16 * 16;
    const CUtensorMap& pair_map = (is_first ? maps.x : maps.h)[width / 16 - 1];
    const int64_t pitch = max_pairs(p.tokens);
    int next = 0;
#pragma unroll 1
    for (int pass = 0; pass < passes; ++pass) {
      const float* scale = (is_first ? p.x_scale : p.h_scale) + item.first_pair;
#pragma unroll 1
      for (int step = 0; step < steps; ++step, scale += pitch) {
        await_stage();
        const int stage = place.stage, column = step * block;
        uint64_t& full = s.full[stage];
        s.scales[stage].item = number;
        arrive_and_expect(full, rows * block + width * (block + 4));
        if constexpr (is_first) {
          load_interleaved_box(s.weights[stage], maps.first[pass], full, column,
                               item.tile * (rows / 16), item.expert);
        } else {
          load_box(s.weights[stage], maps.second, full, column,
                   item.expert * hidden + item.tile * rows);
          if (step == 0) await_h(item.chunk);
        }
        load_box(s.pairs[stage], pair_map, full, column, item.first_pair);
        load_bulk(s.scales[stage].pair, scale, width * 4, full);
        if (pass == passes - 1 && step == steps - ask_ahead) next = atomicAdd(p.asked, 1);
        place.advance();
      }
    }
    return next;
  }

  // All items of a block, then a stage without contents that ends the math.
  __device__ __forceinline__ void fill_all() {
    const bool is_leader = threadIdx.x % 32 == 0;
    int number = s.first_item;
    for (;;) {
      const Item item = find_item(s, number);
      if (item.expert == local_experts) break;
      if (is_leader) number = item.is_first ? fill<true>(item, number) : fill<false>(item, number);
      number = __shfl_sync(all_lanes, number, 0);
    }
    if (!is_leader) return;
    await_stage();
    s.scales[place.stage].item = no_item;
    arrive(s.full[place.stage]);
  }
};

// The math warpgroups.

// Start the products of a stage.
template <int n>
__device__ __forceinline__ void start_products(const Shared& s, int stage, float (&part)[n / 2]) {
  const int warpgroup = threadIdx.x / 128;
  const uint64_t a = matrix_descriptor(s.weights[stage] + warpgroup * 64 * block);
  const uint64_t b = matrix_descriptor(s.pairs[stage]);
  pin(part);
  begin_products();
#pragma unroll
  for (int i = 0; i < 4; ++i) multiply_add<n>(part, a + i * 2, b + i * 2, i > 0);
  commit_products();
}

// sum += part * scales; then the stage is free. `linear` and `gated` are the weights' scales, in
// the second product the same.
template <int n>
__device__ __forceinline__ void promote(Shared& s, int stage, float linear, float gated,
                                        float (&part)[n / 2], float (&sum)[n / 2]) {
  pin(part);
  const int lane = threadIdx.x % 32;
  const Scales& scales = s.scales[stage];
#pragma unroll
  for (int j = 0; j < n / 8; ++j) {
    const float2 pair = *reinterpret_cast<const float2*>(&scales.pair[j * 8 + lane % 4 * 2]);
    sum[4 * j] += part[4 * j] * (linear * pair.x);
    sum[4 * j + 1] += part[4 * j + 1] * (linear * pair.y);
    sum[4 * j + 2] += part[4 * j + 2] * (gated * pair.x);
    sum[4 * j + 3] += part[4 * j + 3] * (gated * pair.y);
  }
  __syncwarp();
  if (lane == 0) arrive(s.empty[stage]);
}

// Where the weights' scales of an item lie: of linear and of gated rows.
template <bool is_first>
struct WeightScales {
  const float *linear, *gated;

  __device__ __forceinline__ WeightScales(const Problem& p, const Item& item) {
    if constexpr (is_first) {
      linear = p.gemm1_weights_scale + (item.expert * 2 * h_blocks + item.tile) * hidden_blocks;
      gated = linear + h_blocks * hidden_blocks;
    } else {
      gated = linear = p.gemm2_weights_scale + (item.expert * hidden_blocks + item.tile) * h_blocks;
    }
  }
};

// Two stages are under way at a time; ptxas wants none at the end of the loop's body.
template <bool is_first, int n>
__device__ __forceinline__ void multiply(const Problem& p, Shared& s, Place& place,
                                         const Item& item, float (&sum)[n / 2]) {
  constexpr int steps = is_first ? hidden_blocks : h_blocks;
  static_assert(steps % 2 == 0);
  const WeightScales<is_first> scales(p, item);
  float even[n / 2] = {}, odd[n / 2] = {};
#pragma unroll
  for (int i = 0; i < n / 2; ++i) sum[i] = 0;
#pragma unroll 1
  for (int step = 0; step < steps; step += 2) {
    const float2 linear = __ldg(reinterpret_cast<const float2*>(scales.linear + step));
    const float2 gated =
        is_first ? __ldg(reinterpret_cast<const float2*>(scales.gated + step)) : linear;
    const int even_stage = place.stage;
    await(s.full[even_stage], "a full stage", even_stage, place.round);
    start_products<n>(s, even_stage, even);
    place.advance();
    const int odd_stage = place.stage;
    await(s.full[odd_stage], "a full stage", odd_stage, place.round);
    start_products<n>(s, odd_stage, odd);
    place.advance();
    wait_for_products<1>();
    promote<n>(s, even_stage, linear.x, gated.x, even, sum);
    wait_for_products<0>();
    promote<n>(s, odd_stage, linear.y, gated.y, odd, sum);
  }
}

__device__ uint32_t bits_of(__nv_bfloat162 pair) { return *reinterpret_cast<uint32_t*>(&pair); }
__device__ uint32_t pack(float low, float high) {
  return bits_of(__floats2bfloat162_rn(low, high));
}

// The linear value times the gated one's SiLU, two pairs of this thread's channel together.
template <int n>
__device__ __forceinline__ void swiglu(const float (&sum)[n / 2], __nv_bfloat162 (&h)[n / 8]) {
  const auto activate = [](float linear, float gated) {
    return linear * __fdividef(gated, 1 + __expf(-gated));
  };
#pragma unroll
  for (int j = 0; j < n / 8; ++j)
    h[j] = __floats2bfloat162_rn(activate(sum[4 * j], sum[4 * j + 2]),
                                 activate(sum[4 * j + 1], sum[4 * j + 3]));
}

// The scales of the chunk's 128 channels from all math warps' values: the inverse ones to shared
// memory, the others, times the routing weights, to h_scale.
template <int n>
__device__ __forceinline__ void make_scales(const Problem& p, Shared& s, const Item& item,
                                            const __nv_bfloat162 (&even)[n / 8],
                                            const __nv_bfloat162 (&odd)[n / 8]) {
  const int thread = threadIdx.x, lane = thread % 32;
  const bool is_pair = thread < item.pairs;
  const float weight = is_pair ? p.pair_weight[item.first_pair + thread] : 0;
#pragma unroll
  for (int j = 0; j < n / 8; ++j) {
    __nv_bfloat162 largest = __hmax2(__habs2(even[j]), __habs2(odd[j]));
#pragma unroll
    for (int distance = 4; distance < 32; distance *= 2)
      largest = __hmax2(largest, __shfl_xor_sync(all_lanes, largest, distance));
    if (lane < 4) s.largest[thread / 32][j * 4 + lane] = largest;
  }
  synchronize<1, math_threads>();
  if (thread < n) {
    float largest = 0;
#pragma unroll
    for (int warp = 0; warp < math_warps; ++warp) {
      const __nv_bfloat162 two = s.largest[warp][thread / 2];
      largest = fmaxf(largest, thread % 2 == 0 ? __low2float(two) : __high2float(two));
    }
    s.inverse_scale[thread] = largest > negligible ? largest_fp8 / largest : 0;
    if (is_pair)
      p.h_scale[item.tile * max_pairs(p.tokens) + item.first_pair + thread] =
          largest / largest_fp8 * weight;
    fence_async_proxy();
  }
  synchronize<1, math_threads>();
}

// One chunk's 128 channels of h, of which the thread has channels 16 * warp + lane / 4 * 2 (in
// `staging`, where it left them) and the next one (in `odd`). A warp stores 16 bytes a pair.
template <int n>
__device__ __forceinline__ void store_h(const Problem& p, Shared& s, const Item& item,
                                        const __nv_bfloat162 (&odd)[n / 8]) {
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  uint8_t* const staging = s.staging[warp];
  __nv_bfloat162 even[n / 8];
#pragma unroll
  for (int j = 0; j < n / 8; ++j)
    even[j] = reinterpret_cast<const __nv_bfloat162*>(staging)[j * 32 + lane];
  make_scales<n>(p, s, item, even, odd);
  uint32_t quantized[n / 8];  // two channels of one pair, the same of the next
#pragma unroll
  for (int j = 0; j < n / 8; ++j) {
    const float2 scale = *reinterpret_cast<const float2*>(&s.inverse_scale[j * 8 + lane % 4 * 2]);
    const float2 a = {__low2float(even[j]) * scale.x, __low2float(odd[j]) * scale.x};
    const float2 b = {__high2float(even[j]) * scale.y, __high2float(odd[j]) * scale.y};
    quantized[j] = __nv_cvt_float2_to_fp8x2(a, __NV_SATFINITE, __NV_E4M3) |
                   uint32_t{__nv_cvt_float2_to_fp8x2(b, __NV_SATFINITE, __NV_E4M3)} << 16;
  }
#pragma unroll
  for (int j = 0; j < n / 8; j += 2)  // row: 16 bytes of a pair
    store_2_transposed(shared_address(staging + (j * 8 + lane % 16) * 16), quantized[j],
                       quantized[j + 1]);
  __syncwarp();
  for (int pair = lane; pair < item.pairs; pair += 32)
    *reinterpret_cast<uint4*>(p.h + int64_t{item.first_pair + pair} * intermediate +
                              item.tile * block + warp * 16) =
        *reinterpret_cast<const uint4*>(staging + pair * 16);
  fence_async_proxy();  // the copy engine reads it
  __syncwarp();
  if (lane == 0) add_release(&p.ready[item.chunk], 1);
}

template <int n>
__device__ __forceinline__ void run_first(const Problem& p, Shared& s, Place& place,
                                          const Item& item) {
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  float sum[n / 2];
  __nv_bfloat162 h[n / 8];
#pragma unroll 1
  for (int pass = 0; pass < 2; ++pass) {
    multiply<true, n>(p, s, place, item, sum);
    swiglu<n>(sum, h);
    if (pass > 0) break;
#pragma unroll
    for (int j = 0; j < n / 8; ++j)
      reinterpret_cast<__nv_bfloat162*>(s.staging[warp])[j * 32 + lane] = h[j];
  }
  store_h<n>(p, s, item, h);
}

// A chunk's 128 columns of y, or of the output where a pair is all of its token. A warp has 16 of
// them: 32 bytes a pair. In the staging, 16-byte half i of a pair lies at i ^ (pair / 4 % 2), which
// spreads eight pairs over all banks.
template <int n>
__device__ __forceinline__ void store_y(const Problem& p, Shared& s, const Item& item,
                                        const int (&only_token)[n / 16],
                                        const float (&sum)[n / 2]) {
  constexpr int at_once = 64;  // pairs
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  uint8_t* const staging = s.staging[warp];
  const auto place_of = [&](int pair, int half) {
    return staging + pair * 32 + ((half ^ (pair / 4 % 2)) << 4);
  };
  // Matrices: pairs 0..7, columns 0..7 and 8..15; then pairs 8..15.
  const uint32_t row = shared_address(place_of(lane / 16 * 8 + lane % 8, lane / 8 % 2));
  const int column = item.tile * rows + warp * 16 + lane % 2 * 8;
#pragma unroll
  for (int first = 0; first < n; first += at_once) {
    __syncwarp();
#pragma unroll
    for (int i = first; i < min(n, first + at_once); i += 16) {
      const float* const a = sum + i / 2;
      store_4_transposed(row + (i - first) * 32, pack(a[0], a[1]), pack(a[2], a[3]),
                         pack(a[4], a[5]), pack(a[6], a[7]));
    }
    __syncwarp();
#pragma unroll
    for (int i = first; i < min(n, first + at_once); i += 16) {
      const int pair = i + lane / 2, token = only_token[i / 16];
      __nv_bfloat16* const to = token >= 0 ? p.output + int64_t{token} * hidden
                                           : p.y + int64_t{item.first_pair + pair} * hidden;
      if (pair < item.pairs)
        *reinterpret_cast<uint4*>(to + column) =
            *reinterpret_cast<const uint4*>(place_of(pair - first, lane % 2));
    }
  }
}

template <int n>
__device__ __forceinline__ void run_item(const Problem& p, Shared& s, Place& place,
                                         const Item& item) {
  if (item.is_first) {
    run_first<n>(p, s, place, item);
  } else {
    int only_token[n / 16];  // of pair i * 16 + lane / 2; asked for ahead of time
#pragma unroll
    for (int i = 0; i < n / 16; ++i) {
      const int pair = i * 16 + threadIdx.x % 32 / 2;
      only_token[i] = pair < item.pairs ? p.only_token[item.first_pair + pair] : -1;
    }
    float sum[n / 2];
    multiply<false, n>(p, s, place, item, sum);
    store_y<n>(p, s, item, only_token, sum);
  }
  __syncwarp();  // the staging is free
}

__device__ __forceinline__ void multiply_all(const Problem& p, Shared& s) {
  Place place;
  for (;;) {
    await(s.full[place.stage], "an item", place.stage, place.round);
    const int number = s.scales[place.stage].item;
    if (number == no_item) return;
    const Item item = find_item(s, number);
    switch ((item.pairs + 15) / 16) {
      case 1:
        run_item<16>(p, s, place, item);
        break;
      case 2:
        run_item<32>(p, s, place, item);
        break;
      case 3:
        run_item<48>(p, s, place, item);
        break;
      case 4:
        run_item<64>(p, s, place, item);
        break;
      case 5:
        run_item<80>(p, s, place, item);
        break;
      case 6:
        run_item<96>(p, s, place, item);
        break;
      case 7:
        run_item<112>(p, s, place, item);
        break;
      default:
        run_item<128>(p, s, place, item);
        break;
    }
  }
}

__global__ void __launch_bounds__(threads, 1)
    experts_kernel(const __grid_constant__ Problem p, const __grid_constant__ Maps maps) {
  extern __shared__ __align__(1024) uint8_t memory[];
  Shared& s = *reinterpret_cast<Shared*>(memory);
  start_next_kernel();
  if (threadIdx.x == 0) {
    for (int i = 0; i < stages; ++i) {
      initialize(s.full[i], 1);
      initialize(s.empty[i], math_warps);
    }
    fence_async_proxy();
  }
  await_previous_kernel();
  if (threadIdx.x < 32) find_chunks(p, s);
  if (threadIdx.x == math_threads) s.first_item = atomicAdd(p.asked, 1);
  fence_async_proxy();  // x comes from the kernel before
  __syncthreads();
  if (threadIdx.x < math_threads) {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(math_registers));
    multiply_all(p, s);
  } else {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(fill_registers));
    if (threadIdx.x < math_threads + 32)
      Filler{p, maps, s}.fill_all();
    else
      clear_rows(p);
  }
}

// One block a token. Those with one pair or none have their output from the kernel before.
constexpr int combine_threads = 224, combine_parts = hidden / 8 / combine_threads;

__global__ void __launch_bounds__(combine_threads) combine(Problem p) {
  start_next_kernel();
  await_previous_kernel();
  const int64_t token = blockIdx.x;
  const int pairs = __popc(p.local[token]);
  if (pairs < 2) return;
  float sum[combine_parts][8] = {};
  for (int i = 0; i < pairs; ++i) {
    const auto* const y =
        reinterpret_cast<const uint4*>(p.y + int64_t{p.token_pair[token * top_k + i]} * hidden);
    uint4 part[combine_parts];
#pragma unroll
    for (int c = 0; c < combine_parts; ++c) part[c] = y[threadIdx.x + c * combine_threads];
#pragma unroll
    for (int c = 0; c < combine_parts; ++c)
#pragma unroll
      for (int j = 0; j < 8; ++j)
        sum[c][j] += __bfloat162float(reinterpret_cast<const __nv_bfloat16*>(&part[c])[j]);
  }
  auto* const output = reinterpret_cast<uint4*>(p.output + token * hidden);
#pragma unroll
  for (int c = 0; c < combine_parts; ++c) {
    const float* const a = sum[c];
    output[threadIdx.x + c * combine_threads] =
        make_uint4(pack(a[0], a[1]), pack(a[2], a[3]), pack(a[4], a[5]), pack(a[6], a[7]));
  }
}

// The host's side.

using Encode = CUresult (*)(CUtensorMap*, CUtensorMapDataType, cuuint32_t, void*, const cuuint64_t*,
                            const cuuint64_t*, const cuuint32_t*, const cuuint32_t*,
                            CUtensorMapInterleave, CUtensorMapSwizzle, CUtensorMapL2promotion,
                            CUtensorMapFloatOOBfill);

struct State {
  Encode encode;
  int processors;
};

// Workspace bytes for `tokens`; hands the parts of `base` to `p`.
uint64_t lay_out(int64_t tokens, char* base, Problem& p) {
  uint64_t used = 0;
  const auto take = [&]<class T>(T*& part, int64_t elements) {
    part = reinterpret_cast<T*>(base + used);
    used += (static_cast<uint64_t>(elements) * sizeof(T) + 255) / 256 * 256;
  };
  take(p.local, tokens);
  take(p.weight, tokens * top_k);
  take(p.token_pair, tokens * top_k);
  take(p.count, local_experts * max_route_blocks);
  take(p.first_pair, local_experts);
  take(p.pairs, local_experts);
  take(p.x, max_pairs(tokens) * hidden);
  take(p.x_scale, max_pairs(tokens) * hidden_blocks);
  take(p.pair_weight, max_pairs(tokens));
  take(p.only_token, max_pairs(tokens));
  take(p.h, max_pairs(tokens) * intermediate);
  take(p.h_scale, max_pairs(tokens) * h_blocks);
  take(p.y, max_pairs(tokens) * hidden);
  take(p.ready, max_chunks(tokens));
  take(p.asked, 1);
  return used;
}

fihost_status workspace_size(const fihost_call* call, uint64_t* bytes,
                             const fihost_sink* error) noexcept {
  const int64_t tokens = call->inputs[0].shape[0];
  if (tokens > max_tokens) return sdk::fail(error, FIHOST_UNSUPPORTED, "seq_len above 1048576");
  Problem unused;
  *bytes = lay_out(tokens, nullptr, unused);
  return FIHOST_OK;
}

fihost_status prepare(const fihost_call* call, void** state, const fihost_sink* error) noexcept {
  int major = 0, minor = 0;
  State made{};
  const int device = call->device.id;
  FIHOST_TRY_CUDA(error, cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device));
  FIHOST_TRY_CUDA(error, cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device));
  if (major != 9 || minor != 0)
    return sdk::fail(error, FIHOST_UNSUPPORTED, "needs a device of compute capability 9.0");
  FIHOST_TRY_CUDA(error,
                  cudaDeviceGetAttribute(&made.processors, cudaDevAttrMultiProcessorCount, device));
  FIHOST_TRY_CUDA(error,
                  cudaFuncSetAttribute(experts_kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                       static_cast<int>(sizeof(Shared))));
  void* encode = nullptr;
  cudaDriverEntryPointQueryResult found{};
  FIHOST_TRY_CUDA(error, cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &encode, 12000,
                                                          cudaEnableDefault, &found));
  if (found != cudaDriverEntryPointSuccess)
    return sdk::fail(error, FIHOST_UNSUPPORTED, "the driver has no cuTensorMapEncodeTiled");
  made.encode = reinterpret_cast<Encode>(encode);
  *state = new (std::nothrow) State(made);
  return *state != nullptr ? FIHOST_OK : sdk::fail(error, FIHOST_OUT_OF_MEMORY, "out of memory");
}

void release(void* state) noexcept { delete static_cast<State*>(state); }

template <int rank>
bool encode_map(Encode encode, CUtensorMap& map, const uint8_t* data,
                const cuuint64_t (&size)[rank], const cuuint64_t (&pitch)[rank - 1],
                const cuuint32_t (&box)[rank]) {
  const cuuint32_t step[5] = {1, 1, 1, 1, 1};
  return encode(&map, CU_TENSOR_MAP_DATA_TYPE_UINT8, rank, const_cast<uint8_t*>(data), size, pitch,
                box, step, CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B,
                CU_TENSOR_MAP_L2_PROMOTION_L2_128B,
                CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE) == CUDA_SUCCESS;
}

// Weights of the first product: columns, eight channels of one parity, linear or gated, groups of
// 16 channels, experts. A box is 128 rows: 64 channels, by eights linear and gated.
bool encode_maps(Encode encode, Maps& maps, const Problem& p, const uint8_t* gemm1_weights,
                 const uint8_t* gemm2_weights) {
  const cuuint64_t size[5] = {hidden, 8, 2, intermediate / 16, local_experts};
  const cuuint64_t pitch[4] = {2 * hidden, uint64_t{intermediate} * hidden, 16 * hidden,
                               2 * uint64_t{intermediate} * hidden};
  const cuuint32_t box[5] = {block, 8, 2, rows / 16, 1};
  for (int parity = 0; parity < 2; ++parity)
    if (!encode_map<5>(encode, maps.first[parity], gemm1_weights + parity * hidden, size, pitch,
                       box))
      return false;
  const auto pairs = static_cast<cuuint64_t>(max_pairs(p.tokens));
  for (int i = 0; i < widths; ++i) {
    const cuuint32_t width = static_cast<cuuint32_t>(i + 1) * 16;
    if (!encode_map<2>(encode, maps.x[i], p.x, {hidden, pairs}, {hidden}, {block, width}) ||
        !encode_map<2>(encode, maps.h[i], p.h, {intermediate, pairs}, {intermediate},
                       {block, width}))
      return false;
  }
  return encode_map<2>(encode, maps.second, gemm2_weights,
                       {intermediate, uint64_t{local_experts} * hidden}, {intermediate},
                       {block, rows});
}

// Launch a kernel that begins while its predecessor in the stream ends.
template <class... Parameters, class... Arguments>
cudaError_t launch(void (*kernel)(Parameters...), int blocks, int block_threads,
                   std::size_t shared_bytes, cudaStream_t stream, const Arguments&... arguments) {
  cudaLaunchAttribute attribute{};
  attribute.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  attribute.val.programmaticStreamSerializationAllowed = 1;
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(blocks);
  config.blockDim = dim3(block_threads);
  config.dynamicSmemBytes = shared_bytes;
  config.stream = stream;
  config.attrs = &attribute;
  config.numAttrs = 1;
  return cudaLaunchKernelEx(&config, kernel, arguments...);
}

Problem problem_of(const fihost_call& call) {
  const fihost_tensor* const in = call.inputs;
  Problem p{};
  p.routing_logits = sdk::data<const float>(in[0]);
  p.routing_bias = sdk::data<const __nv_bfloat16>(in[1]);
  p.hidden_states = sdk::data<const uint8_t>(in[2]);
  p.hidden_states_scale = sdk::data<const float>(in[3]);
  p.gemm1_weights_scale = sdk::data<const float>(in[5]);
  p.gemm2_weights_scale = sdk::data<const float>(in[7]);
  p.local_expert_offset = sdk::scalar<int32_t>(in[8]);
  p.routed_scaling_factor = sdk::scalar<float>(in[9]);
  p.output = sdk::data<__nv_bfloat16>(call.outputs[0]);
  p.tokens = static_cast<int>(in[0].shape[0]);
  return p;
}

fihost_status run(void* state, const fihost_call* call, const fihost_sink* error) noexcept {
  const State& made = *static_cast<const State*>(state);
  Problem p = problem_of(*call);
  lay_out(p.tokens, static_cast<char*>(call->workspace), p);
  Maps maps;
  if (!encode_maps(made.encode, maps, p, sdk::data<const uint8_t>(call->inputs[4]),
                   sdk::data<const uint8_t>(call->inputs[6])))
    return sdk::fail(error, FIHOST_DEVICE_ERROR, "the weights: no tensor map can be encoded");
  const cudaStream_t stream = sdk::stream(*call);
  const int blocks = std::min(made.processors, max_route_blocks);
  route<<<blocks, route_warps * 32, 0, stream>>>(p);
  FIHOST_TRY_CUDA(error, cudaGetLastError());
  FIHOST_TRY_CUDA(error, launch(sort, blocks, local_experts * 32, 0, stream, p));
  FIHOST_TRY_CUDA(
      error, launch(experts_kernel, made.processors, threads, sizeof(Shared), stream, p, maps));
  FIHOST_TRY_CUDA(error, launch(combine, p.tokens, combine_threads, 0, stream, p));
  return FIHOST_OK;
}

}  // namespace

const fihost_candidate fihost_candidate_v1 = {
    FIHOST_HEADER(fihost_candidate,
                  FIHOST_CANDIDATE_FLAG_DETERMINISTIC | FIHOST_CANDIDATE_FLAG_GRAPH_SAFE),
    "moe-gathered",
    "moe_fp8_block_scale_ds_routing_topk8_ng8_kg4_e32_h7168_i2048",
    "sm_90a",
    FIHOST_ROLE_CANDIDATE,
    FIHOST_CUDA,
    workspace_size,
    prepare,
    run,
    release};
