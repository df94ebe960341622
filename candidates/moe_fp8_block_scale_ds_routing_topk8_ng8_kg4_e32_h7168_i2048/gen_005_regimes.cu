// parent: gen_004_tall.cu
// idea: up to 128 tokens another kernel: 128 blocks, each with the same slice of every expert (16
//   intermediate channels, 56 output columns), so that the output needs no combine: it is summed in
//   shared memory, in the order of experts. Weights by bulk copies of rows, mma.sync, h as bfloat16
// expected: the time that streaming the weights alone takes, and less of a start at one token
// measured: 223 us geometric mean over the 19 workloads on an H200; 24 us at one token
// learned: (a) behind six stages of weights under way (172 KB a multiprocessor) everything else
//   that comes from the L2 cache waits, and multiprocessors get unequal shares: 329 us at 57
//   tokens; with two stages (57 KB) 294, with one 461. (b) A stage freed right after its ld.shared
//   were issued could be overwritten by the next bulk copy before they had read: rare wrong rows,
//   in a few of 128 blocks; fence.proxy.async before the arrival prevents it. (c) Up to six items,
//   evict-first for the weights saves 2 to 5 us, as dirty lines of the flush need not be written
//   back meanwhile; above it costs 5 %. (d) Unrolled by eight stages one token took 32 us, with
//   rolled loops 27, with evict-first 25: probably code, which comes from memory, too. (e) With h
//   as bfloat16 the output's relative error (in the 2-norm) is 0.0026, with h as fp8 0.023
//
// MoE for Hopper (sm_90a): any seq_len and any routing.
//
// Up to `few_tokens` tokens, on a GPU with 128 multiprocessors or more, two kernels, chained by a
// programmatic dependent launch (namespace few):
// 1. route: a warp a token. Chosen local experts as a mask, and their weights. Clears the counters.
// 2. slice: 128 blocks, which all are on the GPU at a time. Each makes the same list of pairs
//    (token, local expert), by expert, then token, and of items: up to 16 pairs of one expert, for
//    which its weights pass by once. First pass over all items: 16 channels of h, which is stored
//    as bfloat16, and a counter an item that says how many blocks have done so. Second pass: 56
//    output columns. Sums stay in shared memory, in float32 and in the order of experts, the same
//    in each run, and are rounded once.
// One warp of a block fills a ring of six stages of 28 KB, at most `under_way` of them on their
// way, by 1-D bulk copies of 16 quarters of rows (1792 bytes) or 14 whole ones (2048 bytes). The
// first weights of the second pass are thus fetched while blocks wait for each other's h. Eight
// warps share the depth of a stage (seven in the first pass) and add up their sums through shared
// memory.
// Weight rows are the 16-high side of mma.sync and pairs the 8-wide one. A thread reads 16 bytes of
// a row, and the token's values at the same place: they serve two instructions of the first pass,
// four of the second, which permutes the depth, for both operands alike, and nothing else. So
// nothing has to be swizzled: rows 64 bytes further apart than a multiple of 128 keep banks apart.
// The first pass multiplies in fp8; in the second one, weights are widened to halves, which is
// exact, and h becomes halves of at most 1 with a factor for a pair and 256 channels. Tokens and h
// are loaded one quarter or item ahead, with an evict-last policy, as all blocks read them.
// Bytes moved: active experts * 44 MB; from the L2 cache also 11 KB a pair and block, 1.4 MB a
// pair. Bound by memory; at one token by latencies, that of fetching code among them.
//
// Above, the kernels of gen_004_tall.cu as they are (namespace many):
// 1. route: a warp a token. Chosen local experts as a mask, their weights, experts' token counts a
//    block. Clears the counters of kernel 3.
// 2. sort: pairs in the order of expert, then token, whatever the order of atomics: every sum is
//    the same in each run. An expert begins at a multiple of 16 pairs, which aligns its scales for
//    bulk copies. Then a warp a token copies the token's row of x and its scales to all its pairs'
//    places.
// 3. experts: both matrix products in one persistent kernel, a block a multiprocessor. An expert's
//    pairs are cut into chunks of at most 128. Items of work, handed out in this order by a
//    counter: first for each expert, for each group of 128 intermediate channels, for each chunk;
//    then for each expert, for each 128 output columns, for each chunk. What runs at one time
//    shares weights, which thus come from memory once. An item of the second product waits until
//    the 16 of the first that make its chunk of h have been published; those never wait, and have
//    all been handed out before. Rows of the output of tokens without pairs are cleared, and those
//    of tokens with one pair written, on the way.
// 4. combine: the sum over the pairs of tokens that have more than one, rounded once.
//
// `experts` has two forms. Both have two warpgroups that multiply (wgmma m64nNk32, 128 columns a
// stage) and a third one, of which one lane of each of three warps fills a ring of stages: weights
// by TMA, pairs by TMA, pairs' scales by 1-D bulk copies; its fourth warp clears rows of the
// output. wgmma sums 128 columns; these sums are scaled and added in float32.
// Wide, below `tall_tokens`: a warpgroup has 64 of 128 weight rows x 16..128 pairs (a multiple of
// 16; an expert's chunks are equal). Two sets of sums are under way. The first product takes 128
// channels in two passes over even and odd ones: 64 linear and 64 gated weight rows, interleaved by
// eights by the tensor map, so that a thread holds both values of a channel, and after both passes
// two channels that lie next to each other in h. Their scale is found by both warpgroups through
// shared memory.
// Tall, from there on: a warpgroup has 64 of 128 pairs (all chunks of an expert but its last one
// are full) x 128 weight rows; one without pairs skips the item. Eight steps are unrolled, so that
// while the sums of one stage are scaled the products of the next are under way. The first product
// takes channels 0..63, then 64..127 of 128, linear and gated rows again interleaved by eights; a
// warp has all channels of its 16 pairs and finds their scales alone.
// h is stored as fp8 with one scale for a pair and 128 channels, times the routing weight.
// Bytes moved: active experts * 44 MB, 47 KB a pair, 22 KB a token. Bound by memory while an expert
// has few pairs, by what comes from the L2 cache when it has many.
#include <cuda.h>
#include <cuda_bf16.h>
#include <cuda_fp16.h>
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

// One warp: the choice of one token; a lane has experts 8 * lane .. 8 * lane + 7 and their bias.
// Gives the local experts as a mask, and calls emit(expert, number of lower ones, weight) for each.
template <class Emit>
__device__ uint32_t choose_experts(const float* routing_logits, const float (&bias)[8], int token,
                                   int local_expert_offset, float routed_scaling_factor,
                                   Emit emit) {
  const int lane = threadIdx.x % 32;
  const auto* const logits =
      reinterpret_cast<const float4*>(routing_logits + int64_t{token} * experts) + lane * 2;
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
    const unsigned l = static_cast<unsigned>(c.expert[i]) - local_expert_offset;
    if (i < chosen) sum += c.score[i];
    if (i < chosen && l < local_experts) local |= 1u << l;
  }
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2)
    sum += __shfl_xor_sync(all_lanes, sum, distance);
  local = __reduce_or_sync(all_lanes, local);
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    const unsigned l = static_cast<unsigned>(c.expert[i]) - local_expert_offset;
    if (i < chosen && l < local_experts)
      emit(static_cast<int>(l), __popc(local & ((1u << l) - 1)),
           c.score[i] / (sum + 1e-20f) * routed_scaling_factor);
  }
  return local;
}

__device__ void load_bias(const __nv_bfloat16* routing_bias, float (&bias)[8]) {
  const uint4 part = reinterpret_cast<const uint4*>(routing_bias)[threadIdx.x % 32];
#pragma unroll
  for (int i = 0; i < 8; ++i)
    bias[i] = __bfloat162float(reinterpret_cast<const __nv_bfloat16*>(&part)[i]);
}

__device__ uint32_t shared_address(const void* p) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(p));
}

// Few tokens: 128 blocks, each with the same slice of every expert.
namespace few {

constexpr int max_tokens = 128;
// One CTA owns 16 intermediate channels and 56 output columns of every expert.
constexpr int slices = 128;
constexpr int channels = intermediate / slices, columns = hidden / slices;

// A stage is 28,672 bytes of weights in both passes:
// first pass: 8 linear and 8 gated rows (one unit) x a quarter of the depth,
// second pass: 14 rows (a quarter of the columns) x the whole depth.
// Rows lie 64 bytes further apart than a multiple of 128, so that a quarter warp that reads 64
// bytes of two rows meets every bank once.
constexpr int quarters = 4, units = 2;
constexpr int rows1 = 16, piece1 = hidden / quarters, pitch1 = piece1 + 64;
constexpr int rows2 = columns / quarters, piece2 = intermediate, pitch2 = piece2 + 64;
constexpr int stage_bytes = rows1 * piece1, slot_bytes = rows1 * pitch1;
static_assert(stage_bytes == rows2 * piece2 && slot_bytes >= rows2 * pitch2);
FIHOST_TUNE(int, slots, 6, 4, 5, 6);
// Stages that are on their way at a time. More would not make the memory any faster, but everything
// else that comes from the L2 cache would wait behind them.
FIHOST_TUNE(int, under_way, 2, 1, 2, 3, 4, 6);
FIHOST_TUNE_REQUIRE(under_way <= slots);
// Up to this many items, weights leave the L2 cache before what was in it, which then need not be
// written back meanwhile.
FIHOST_TUNE(int, evict_first_items, 6, 0, 3, 6, 9, 12);

constexpr int math_warps = 8, math_threads = math_warps * 32, threads = math_threads + 128;
constexpr int quarter_blocks = hidden_blocks / quarters;  // of 128 columns
constexpr int warp_blocks = 2;                            // of a quarter's, first pass
constexpr int active_warps1 = quarter_blocks / warp_blocks;
constexpr int warp_depth = intermediate / math_warps;  // columns, second pass
constexpr int tile_tokens = 8, max_tiles = 2;          // of one pass over the weights
constexpr int item_tokens = tile_tokens * max_tiles;
constexpr int max_pairs = max_tokens * top_k;
constexpr int max_items = local_experts + max_pairs / item_tokens;
constexpr int partial_floats = max_tiles * math_warps * units * rows1 * tile_tokens;

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

  // Workspace.
  __nv_bfloat16* h;   // [pairs, intermediate], pairs by expert, then token
  uint32_t* mask;     // [tokens]: the local experts of a token
  float* weight;      // [tokens, top_k]: of the token's n-th local expert
  unsigned* arrived;  // [items]: CTAs that have stored their part of an item's h
};

__device__ void barrier_init(uint32_t barrier, int count) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(count));
}
__device__ void barrier_expect(uint32_t barrier, int bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes)
               : "memory");
}
__device__ void barrier_arrive(uint32_t barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory");
}
__device__ void barrier_wait(uint32_t barrier, uint32_t parity) {
  asm volatile(
      "{\n.reg .pred done;\n"
      "again: mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
      "@!done bra again;\n}" ::"r"(barrier),
      "r"(parity)
      : "memory");
}
__device__ void copy_bulk(uint32_t to, const void* from, int bytes, uint32_t barrier,
                          uint64_t policy) {
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.L2::cache_hint "
      "[%0], [%1], %2, [%3], %4;" ::"r"(to),
      "l"(from), "r"(bytes), "r"(barrier), "l"(policy)
      : "memory");
}
__device__ uint64_t l2_policy(bool evict_first) {
  uint64_t policy;
  if (evict_first)
    asm volatile("createpolicy.fractional.L2::evict_first.b64 %0, 1.0;" : "=l"(policy));
  else
    asm volatile("createpolicy.fractional.L2::evict_normal.b64 %0, 1.0;" : "=l"(policy));
  return policy;
}
// What all CTAs read again and again must not leave the L2 cache for weights that pass by once.
__device__ uint64_t keep_policy() {
  uint64_t policy;
  asm("createpolicy.fractional.L2::evict_last.b64 %0, 1.0;" : "=l"(policy));
  return policy;
}
__device__ uint4 load_kept(const uint4* from, uint64_t policy) {
  uint4 v;
  asm("ld.global.nc.L2::cache_hint.v4.u32 {%0, %1, %2, %3}, [%4], %5;"
      : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
      : "l"(from), "l"(policy));
  return v;
}
__device__ float load_kept(const float* from, uint64_t policy) {
  float v;
  asm("ld.global.nc.L2::cache_hint.f32 %0, [%1], %2;" : "=f"(v) : "l"(from), "l"(policy));
  return v;
}
// Of what other CTAs have written in this launch.
__device__ uint4 load_written(const uint4* from, uint64_t policy) {
  uint4 v;
  asm volatile("ld.global.cg.L2::cache_hint.v4.u32 {%0, %1, %2, %3}, [%4], %5;"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
               : "l"(from), "l"(policy)
               : "memory");
  return v;
}
__device__ void store_kept(__nv_bfloat16* to, float value, uint64_t policy) {
  const __nv_bfloat16 rounded = __float2bfloat16_rn(value);
  asm volatile("st.global.L2::cache_hint.u16 [%0], %1, %2;" ::"l"(to),
               "h"(__bfloat16_as_ushort(rounded)), "l"(policy)
               : "memory");
}
__device__ void prefetch(const void* p) {
  asm volatile("prefetch.global.L2::evict_last [%0];" ::"l"(p));
}
// A warp must arrive as a whole: one that arrives in parts is counted twice.
__device__ void math_barrier() {
  __syncwarp();
  asm volatile("bar.sync 1, %0;" ::"n"(math_threads) : "memory");
}
__device__ uint4 load_shared(uint32_t from) {
  uint4 v;
  asm volatile("ld.shared.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
               : "r"(from));
  return v;
}
__device__ void multiply_fp8(float (&d)[4], uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3,
                             uint32_t b0, uint32_t b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k32.row.col.f32.e4m3.e4m3.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}
__device__ void multiply_half(float (&d)[4], uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3,
                              uint32_t b0, uint32_t b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}
// Two e4m3 values as halves, exactly.
__device__ uint32_t widen(uint32_t bytes) {
  uint32_t halves;
  asm("cvt.rn.f16x2.e4m3x2 %0, %1;" : "=r"(halves) : "h"(static_cast<uint16_t>(bytes)));
  return halves;
}

// One block of one warp a token; the first one clears the counters.
__global__ void __launch_bounds__(32) route(Problem p) {
  start_next_kernel();
  const int token = blockIdx.x, lane = threadIdx.x;
  if (token == 0)
    for (int i = lane; i < max_items; i += 32) p.arrived[i] = 0;
  float bias[8];
  load_bias(p.routing_bias, bias);
  const uint32_t local =
      choose_experts(p.routing_logits, bias, token, p.local_expert_offset, p.routed_scaling_factor,
                     [&](int, int slot, float weight) { p.weight[token * top_k + slot] = weight; });
  if (lane == 0) p.mask[token] = local;
}

// Up to 16 tokens of one expert, for which its weights pass by once.
struct Item {
  int expert, first, count;  // first: pair
};

struct Shared {
  uint8_t ring[slots][slot_bytes];
  float partial[partial_floats];  // sums of the math warps, to be added up
  uint64_t full[slots], empty[slots];
  uint32_t mask[max_tokens], bits[max_tokens / 32][32];
  float weight[max_pairs];
  uint8_t token[max_pairs], expert[max_pairs];
  uint8_t item_expert[max_items], item_count[max_items];
  uint16_t item_first[max_items];
  int items, pairs;
};
// The output of this CTA, [tokens, columns] float, follows.

struct Ring {
  uint32_t memory, full, empty;
  int slot = 0;
  uint32_t parity = 0;

  __device__ explicit Ring(Shared& s)
      : memory(shared_address(s.ring)),
        full(shared_address(s.full)),
        empty(shared_address(s.empty)) {}
  __device__ uint32_t address() const { return memory + slot * slot_bytes; }
  __device__ uint32_t full_barrier() const { return full + slot * 8; }
  __device__ uint32_t empty_barrier() const { return empty + slot * 8; }
  __device__ void advance() {
    if (++slot == slots) {
      slot = 0;
      parity ^= 1;
    }
  }
};

__device__ Item item_at(const Shared& s, int i) {
  return {s.item_expert[i], s.item_first[i], s.item_count[i]};
}

__device__ void await_lists() { __syncthreads(); }

// Pairs by expert, then token, and items, from the tokens' masks. The math threads.
__device__ void make_lists(const Problem& p, Shared& s) {
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  if (warp < max_tokens / 32) {
    const int t = threadIdx.x;
    const uint32_t mask = t < p.tokens ? __ldcg(p.mask + t) : 0;
    s.mask[t] = mask;
    uint32_t own = 0;
#pragma unroll
    for (int e = 0; e < local_experts; ++e) {
      const uint32_t bits = __ballot_sync(all_lanes, mask >> e & 1);
      if (lane == e) own = bits;
    }
    s.bits[warp][lane] = own;
  }
  math_barrier();
  if (warp == 0) {  // lane = expert
    int count = 0;
    for (int w = 0; w < max_tokens / 32; ++w) count += __popc(s.bits[w][lane]);
    const int item_count = (count + item_tokens - 1) / item_tokens;
    int pair_end = count, item_end = item_count;
#pragma unroll
    for (int d = 1; d < 32; d *= 2) {
      const int before = __shfl_up_sync(all_lanes, pair_end, d);
      const int items_before = __shfl_up_sync(all_lanes, item_end, d);
      if (lane >= d) {
        pair_end += before;
        item_end += items_before;
      }
    }
    const int first = pair_end - count;
    for (int i = 0; i < item_count; ++i) {
      const int at = item_end - item_count + i;
      s.item_expert[at] = static_cast<uint8_t>(lane);
      s.item_first[at] = static_cast<uint16_t>(first + i * item_tokens);
      s.item_count[at] = static_cast<uint8_t>(min(item_tokens, count - i * item_tokens));
    }
    int at = first;
    for (int w = 0; w < max_tokens / 32; ++w)
      for (uint32_t bits = s.bits[w][lane]; bits != 0; bits &= bits - 1, ++at) {
        s.token[at] = static_cast<uint8_t>(w * 32 + __ffs(static_cast<int>(bits)) - 1);
        s.expert[at] = static_cast<uint8_t>(lane);
      }
    if (lane == 31) {
      s.pairs = pair_end;
      s.items = item_end;
    }
  }
  await_lists();
}

// One warp: weights of all items, first pass, then second pass; it never waits for other CTAs.
__device__ void produce(const Problem& p, Shared& s) {
  Ring ring(s);
  const int lane = threadIdx.x % 32, slice = blockIdx.x;
  ring.parity = 1;  // the slots are free at first
  const uint64_t policy = l2_policy(s.items <= evict_first_items);
  Ring landing(s);  // under_way stages behind
  int started = 0;
  const auto begin_stage = [&] {
    if (started++ >= under_way) {
      barrier_wait(landing.full_barrier(), landing.parity);
      landing.advance();
    }
    barrier_wait(ring.empty_barrier(), ring.parity);
    if (lane == 0) barrier_expect(ring.full_barrier(), stage_bytes);
    __syncwarp();
  };
  for (int i = 0; i < s.items; ++i) {
    const int64_t expert_row = int64_t{s.item_expert[i]} * 2 * intermediate;
    const int row = lane % 8 + (lane < 8 ? 0 : intermediate) + slice * channels;
    const uint8_t* const from = p.gemm1_weights + (expert_row + row) * hidden;
    for (int quarter = 0; quarter < quarters; ++quarter)
      for (int unit = 0; unit < units; ++unit) {
        begin_stage();
        if (lane < rows1)
          copy_bulk(ring.address() + lane * pitch1, from + unit * 8 * hidden + quarter * piece1,
                    piece1, ring.full_barrier(), policy);
        ring.advance();
      }
  }
  for (int i = 0; i < s.items; ++i) {
    const int64_t row = int64_t{s.item_expert[i]} * hidden + slice * columns + lane;
    const uint8_t* const from = p.gemm2_weights + row * intermediate;
    for (int quarter = 0; quarter < quarters; ++quarter) {
      begin_stage();
      if (lane < rows2)
        copy_bulk(ring.address() + lane * pitch2, from + quarter * rows2 * intermediate, piece2,
                  ring.full_barrier(), policy);
      ring.advance();
    }
  }
}

// Frees a stage. The fence keeps the copy engine from overtaking reads that are under way. Every
// math warp arrives for every stage, also where it had nothing to do, which keeps them within one
// round of the ring of each other.
__device__ void release(Ring& ring, int lane) {
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  __syncwarp();
  if (lane == 0) barrier_arrive(ring.empty_barrier());
  ring.advance();
}

// This CTA's part of an item's h is stored; the threads that stored it have passed a barrier since.
__device__ void publish(unsigned* arrived) {
  asm volatile("red.release.gpu.global.add.u32 [%0], 1;" ::"l"(arrived) : "memory");
}
// Whether all of it is.
__device__ bool is_published(const unsigned* arrived) {
  unsigned count;
  asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(count) : "l"(arrived) : "memory");
  return count >= slices;
}

// What a thread of the first pass multiplies a quarter's weights with, for up to 8 tokens: its 16
// bytes of every 64-byte span of the warp's blocks, of token lane / 4, and the scales of its two
// result columns; and, of the first 8 tokens, the scales of the weights.
struct Tokens {
  uint4 x[warp_blocks][2];
  float scale[warp_blocks][2], linear[warp_blocks], gated[warp_blocks];
};

__device__ void load_tokens(const Problem& p, const Shared& s, Item item, int begin, int quarter,
                            Tokens& tokens) {
  const int warp = threadIdx.x / 32, g = threadIdx.x / 4 % 8, t = threadIdx.x % 4;
  const int first_block = quarter * quarter_blocks + warp * warp_blocks;
  if (warp >= active_warps1 || item.count == 0) return;
  const uint64_t keep = keep_policy();
  const bool present = begin + g < item.count;
  const uint8_t* const row = p.hidden_states +
                             int64_t{s.token[item.first + (present ? begin + g : 0)]} * hidden +
                             first_block * block + t * 16;
#pragma unroll
  for (int b = 0; b < warp_blocks; ++b)
#pragma unroll
    for (int half = 0; half < 2; ++half)
      tokens.x[b][half] =
          present ? load_kept(reinterpret_cast<const uint4*>(row + b * block + half * 64), keep)
                  : uint4{};
#pragma unroll
  for (int j = 0; j < 2; ++j) {
    const int column = begin + t * 2 + j;
    const int token = s.token[item.first + (column < item.count ? column : 0)];
#pragma unroll
    for (int b = 0; b < warp_blocks; ++b)
      tokens.scale[b][j] =
          load_kept(p.hidden_states_scale + (first_block + b) * p.tokens + token, keep);
  }
  if (begin > 0) return;
  const float* const scale =
      p.gemm1_weights_scale +
      (item.expert * 2 * h_blocks + blockIdx.x * channels / block) * hidden_blocks + first_block;
#pragma unroll
  for (int b = 0; b < warp_blocks; ++b) {
    tokens.linear[b] = load_kept(scale + b, keep);
    tokens.gated[b] = load_kept(scale + h_blocks * hidden_blocks + b, keep);
  }
}

// One stage: 16 rows times up to 16 tokens.
template <int tiles>
__device__ void expand_stage(uint32_t stage, const Tokens (&tokens)[tiles],
                             float (&sum)[tiles][4]) {
  const int warp = threadIdx.x / 32, g = threadIdx.x / 4 % 8, t = threadIdx.x % 4;
  const uint32_t low = stage + g * pitch1 + warp * warp_blocks * block + t * 16;
  const uint32_t high = low + 8 * pitch1;
#pragma unroll
  for (int b = 0; b < warp_blocks; ++b) {
    float part[2][tiles][4] = {};  // two chains of instructions
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const uint4 linear = load_shared(low + b * block + half * 64);
      const uint4 gated = load_shared(high + b * block + half * 64);
#pragma unroll
      for (int n = 0; n < tiles; ++n) {
        const uint4 x = tokens[n].x[b][half];
        multiply_fp8(part[half][n], linear.x, gated.x, linear.y, gated.y, x.x, x.y);
        multiply_fp8(part[half][n], linear.z, gated.z, linear.w, gated.w, x.z, x.w);
      }
    }
#pragma unroll
    for (int n = 0; n < tiles; ++n)
#pragma unroll
      for (int i = 0; i < 4; ++i)
        sum[n][i] +=
            (part[0][n][i] + part[1][n][i]) *
            ((i < 2 ? tokens[0].linear[b] : tokens[0].gated[b]) * tokens[n].scale[b][i % 2]);
  }
}

// First pass. Of each quarter of the depth, a warp owns 2 of the 14 blocks of 128 columns (the last
// warp owns none) and keeps its part of the tokens in registers; a thread's 16 bytes of a 64-byte
// span serve two instructions, the same for both operands, which permutes the depth within the span
// and nothing else. `first` is what the item's first quarter needs of its first 8 tokens; at the
// end it is that of the next item. Loops are not unrolled where it can be helped: code comes from
// memory as well.
template <int tiles>
__device__ void expand(const Problem& p, Shared& s, Ring& ring, Item item, Item next, Tokens& first,
                       unsigned* done) {
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32, g = lane / 4, t = lane % 4;
  Tokens tokens[tiles], ahead[tiles];
  tokens[0] = first;
  if constexpr (tiles > 1) load_tokens(p, s, item, tile_tokens, 0, tokens[1]);
  float sum[units][tiles][4] = {};
#pragma unroll 1
  for (int quarter = 0; quarter < quarters; ++quarter) {
    const bool last = quarter + 1 == quarters;
    load_tokens(p, s, last ? next : item, 0, last ? 0 : quarter + 1, ahead[0]);
    if constexpr (tiles > 1) load_tokens(p, s, item, tile_tokens, last ? 0 : quarter + 1, ahead[1]);
#pragma unroll 1
    for (int unit = 0; unit < units; ++unit) {
      barrier_wait(ring.full_barrier(), ring.parity);
      __syncwarp();
      if (warp < active_warps1) expand_stage<tiles>(ring.address(), tokens, sum[0]);
      release(ring, lane);
#pragma unroll
      for (int n = 0; n < tiles; ++n)  // the units take turns
#pragma unroll
        for (int i = 0; i < 4; ++i) {
          const float other = sum[0][n][i];
          sum[0][n][i] = sum[1][n][i];
          sum[1][n][i] = other;
        }
    }
#pragma unroll
    for (int n = 0; n < tiles; ++n) tokens[n] = ahead[n];
  }
  first = tokens[0];

  // partial[tile][warp][unit][row][token]
  math_barrier();
  if (warp < active_warps1) {
#pragma unroll
    for (int n = 0; n < tiles; ++n)
#pragma unroll
      for (int unit = 0; unit < units; ++unit)
#pragma unroll
        for (int half = 0; half < 2; ++half) {
          float* const to =
              s.partial + (((n * math_warps + warp) * units + unit) * rows1 + half * 8 + g) * 8;
          *reinterpret_cast<float2*>(to + t * 2) =
              float2{sum[unit][n][half * 2], sum[unit][n][half * 2 + 1]};
        }
  } else if (lane == 0 && done != nullptr) {
    publish(done);
  }
  math_barrier();
  const int n = threadIdx.x / 128, unit = threadIdx.x / 64 % 2, channel = threadIdx.x / 8 % 8;
  const int token = threadIdx.x % 8;
  if (n * tile_tokens + token < item.count) {
    float linear = 0, gated = 0;
#pragma unroll
    for (int w = 0; w < active_warps1; ++w) {
      const float* const from =
          s.partial + (((n * math_warps + w) * units + unit) * rows1 + channel) * 8 + token;
      linear += from[0];
      gated += from[8 * 8];
    }
    const int64_t pair = item.first + n * tile_tokens + token;
    store_kept(p.h + pair * intermediate + blockIdx.x * channels + unit * 8 + channel,
               linear * (gated / (1 + __expf(-gated))), keep_policy());
  }
}

// What a thread of the second pass needs besides weights, for up to 8 tokens: its 16 of every 64
// columns of the warp's part of h, of token lane / 4; and the weight scales of the slice's columns,
// which lie in at most two scale blocks, [scale block][block of the depth].
struct Hidden {
  uint4 h[4][2];
  float2 scale[2];
};

__device__ void load_hidden(const Problem& p, Item item, int begin, Hidden& hidden_part) {
  const int warp = threadIdx.x / 32, g = threadIdx.x / 4 % 8, t = threadIdx.x % 4;
  const int scale_block = blockIdx.x * columns / block;
  const float* const scales =
      p.gemm2_weights_scale + (item.expert * hidden_blocks + scale_block) * h_blocks + warp * 2;
  hidden_part.scale[0] = __ldg(reinterpret_cast<const float2*>(scales));
  hidden_part.scale[1] = __ldg(
      reinterpret_cast<const float2*>(scales + (scale_block + 1 < hidden_blocks ? h_blocks : 0)));
  const uint64_t keep = keep_policy();
  const int own = begin + g;
  const __nv_bfloat16* const row =
      p.h + int64_t{item.first + (own < item.count ? own : 0)} * intermediate + warp * warp_depth +
      t * 16;
#pragma unroll
  for (int span = 0; span < 4; ++span)
#pragma unroll
    for (int i = 0; i < 2; ++i)
      hidden_part.h[span][i] =
          load_written(reinterpret_cast<const uint4*>(row + span * 64) + i, keep);
}

// h as halves at most 1, and what they were divided by.
__device__ float narrow(const Hidden& hidden_part, bool present, uint32_t (&half)[4][4][2]) {
  __nv_bfloat162 value[4][8];
#pragma unroll
  for (int span = 0; span < 4; ++span)
#pragma unroll
    for (int i = 0; i < 2; ++i)
      *reinterpret_cast<uint4*>(&value[span][i * 4]) = hidden_part.h[span][i];
  __nv_bfloat162 most = __habs2(value[0][0]);
#pragma unroll
  for (int span = 0; span < 4; ++span)
#pragma unroll
    for (int i = 0; i < 8; ++i) most = __hmax2(most, __habs2(value[span][i]));
  float largest = fmaxf(__low2float(most), __high2float(most));
  largest = fmaxf(largest, __shfl_xor_sync(all_lanes, largest, 1));
  largest = fmaxf(largest, __shfl_xor_sync(all_lanes, largest, 2));
  const float inverse = largest > 0 && present ? 1 / largest : 0;
#pragma unroll
  for (int span = 0; span < 4; ++span)
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      const float2 wide = __bfloat1622float2(value[span][i]);
      const __half2 rounded = __floats2half2_rn(wide.x * inverse, wide.y * inverse);
      half[span][i / 2][i % 2] = *reinterpret_cast<const uint32_t*>(&rounded);
    }
  return largest;
}

// Second pass. A warp owns 256 columns of the depth. `first` is what it needs of the item's first 8
// tokens; at the end it is that of the next item, for which `ready` waits.
template <int tiles, class Ready>
__device__ void contract(const Problem& p, Shared& s, Ring& ring, Item item, Item next,
                         Hidden& first, float* output, Ready ready) {
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32, g = lane / 4, t = lane % 4;
  const int first_column = blockIdx.x * columns, scale_block = first_column / block;
  const float2 scale0 = first.scale[0], scale1 = first.scale[1];
  uint32_t h[tiles][4][4][2];
  float h_scale[tiles][2];
#pragma unroll
  for (int n = 0; n < tiles; ++n) {
    if (n > 0) load_hidden(p, item, n * tile_tokens, first);
    const float largest = narrow(first, n * tile_tokens + g < item.count, h[n]);
    h_scale[n][0] = __shfl_sync(all_lanes, largest, t * 8);
    h_scale[n][1] = __shfl_sync(all_lanes, largest, t * 8 + 4);
  }
  if (next.count > 0) {
    ready();
    load_hidden(p, next, 0, first);
  }
  const int high_row = min(g + 8, rows2 - 1);  // rows 14 and 15 do not exist; nobody reads them
#pragma unroll 1
  for (int quarter = 0; quarter < quarters; ++quarter) {
    barrier_wait(ring.full_barrier(), ring.parity);
    __syncwarp();
    const uint32_t base = ring.address() + warp * warp_depth + t * 16;
    const uint32_t low = base + g * pitch2, high = base + high_row * pitch2;
    const int column = first_column + quarter * rows2;
    const float2 low_scale = (column + g) / block == scale_block ? scale0 : scale1;
    const float2 high_scale = (column + high_row) / block == scale_block ? scale0 : scale1;
    float sum[tiles][4] = {};
#pragma unroll
    for (int b = 0; b < 2; ++b) {
      float part[2][tiles][4] = {};  // two chains of instructions
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        const int span = b * 2 + half;
        const uint4 lows = load_shared(low + span * 64), highs = load_shared(high + span * 64);
        const uint32_t a[4] = {lows.x, lows.y, lows.z, lows.w};
        const uint32_t c[4] = {highs.x, highs.y, highs.z, highs.w};
#pragma unroll
        for (int j = 0; j < 4; ++j) {
          const uint32_t a0 = widen(a[j]), a2 = widen(a[j] >> 16);
          const uint32_t a1 = widen(c[j]), a3 = widen(c[j] >> 16);
#pragma unroll
          for (int n = 0; n < tiles; ++n)
            multiply_half(part[half][n], a0, a1, a2, a3, h[n][span][j][0], h[n][span][j][1]);
        }
      }
      const float factor0 = b == 0 ? low_scale.x : low_scale.y;
      const float factor1 = b == 0 ? high_scale.x : high_scale.y;
#pragma unroll
      for (int n = 0; n < tiles; ++n)
#pragma unroll
        for (int i = 0; i < 4; ++i)
          sum[n][i] += (part[0][n][i] + part[1][n][i]) * (i < 2 ? factor0 : factor1);
    }

    // partial[turn][tile][warp][row][token]. Two turns, so that one barrier a stage is enough.
    float* const partial = s.partial + quarter % 2 * (max_tiles * math_warps * rows2 * 8);
#pragma unroll
    for (int n = 0; n < tiles; ++n)
#pragma unroll
      for (int half = 0; half < 2; ++half)
        if (half * 8 + g < rows2)
          *reinterpret_cast<float2*>(partial +
                                     ((n * math_warps + warp) * rows2 + half * 8 + g) * 8 + t * 2) =
              float2{sum[n][half * 2] * h_scale[n][0], sum[n][half * 2 + 1] * h_scale[n][1]};
    math_barrier();
    release(ring, lane);
    const int n = threadIdx.x / 128, i = threadIdx.x % 128, own = n * tile_tokens + i % 8;
    if (i < rows2 * 8 && own < item.count) {
      float y = 0;
#pragma unroll
      for (int w = 0; w < math_warps; ++w) y += partial[(n * math_warps + w) * rows2 * 8 + i];
      const int pair = item.first + own;
      output[s.token[pair] * columns + quarter * rows2 + i / 8] += y * s.weight[pair];
    }
    __syncwarp();
  }
}

__device__ void compute(const Problem& p, Shared& s, float* output) {
  Ring ring(s);
  for (int i = threadIdx.x; i < s.pairs; i += math_threads) {
    const int token = s.token[i];
    const int nth = __popc(s.mask[token] & ((1u << s.expert[i]) - 1));
    s.weight[i] = __ldcg(p.weight + token * top_k + nth);
  }
  const int items = s.items;
  if (items == 0) return;
  const auto item_or_none = [&](int i) { return i < items ? item_at(s, i) : Item{0, 0, 0}; };
  {
    Tokens tokens;
    load_tokens(p, s, item_at(s, 0), 0, 0, tokens);
    for (int i = 0; i < items; ++i) {
      const Item item = item_at(s, i);
      unsigned* const done = i > 0 ? p.arrived + i - 1 : nullptr;
      if (item.count <= tile_tokens)
        expand<1>(p, s, ring, item, item_or_none(i + 1), tokens, done);
      else
        expand<2>(p, s, ring, item, item_or_none(i + 1), tokens, done);
    }
  }
  math_barrier();
  if (threadIdx.x == 0) publish(p.arrived + items - 1);

  // All CTAs take the items in the same order: once the last one is complete, all are.
  bool all_ready = false;
  const auto wait_for = [&](int i) {
    if (threadIdx.x % 32 == 0 && !all_ready) {
      all_ready = is_published(p.arrived + items - 1);
      if (!all_ready)
        while (!is_published(p.arrived + i)) {
        }
    }
    __syncwarp();
  };
  Hidden first;
  wait_for(0);
  load_hidden(p, item_at(s, 0), 0, first);
  for (int i = 0; i < items; ++i) {
    const Item item = item_at(s, i);
    const auto ready = [&] { wait_for(i + 1); };
    if (item.count <= tile_tokens)
      contract<1>(p, s, ring, item, item_or_none(i + 1), first, output, ready);
    else
      contract<2>(p, s, ring, item, item_or_none(i + 1), first, output, ready);
  }
}

__device__ void store(const Problem& p, const float* output) {
  math_barrier();
  constexpr int parts = columns / 8;
  for (int i = threadIdx.x; i < p.tokens * parts; i += math_threads) {
    const int token = i / parts, part = i % parts;
    const float* const from = output + token * columns + part * 8;
    uint4 result;
    auto* const rounded = reinterpret_cast<__nv_bfloat16*>(&result);
#pragma unroll
    for (int j = 0; j < 8; ++j) rounded[j] = __float2bfloat16_rn(from[j]);
    *reinterpret_cast<uint4*>(p.output + int64_t{token} * hidden + blockIdx.x * columns +
                              part * 8) = result;
  }
}

// Everything but the weights themselves is small and used by all CTAs: into the L2 cache, while
// routing runs.
__device__ void warm_cache(const Problem& p) {
  constexpr int line = 128;
  constexpr int lines1 = local_experts * 2 * h_blocks * hidden_blocks * 4 / line;
  constexpr int lines2 = local_experts * h_blocks * hidden_blocks * 4 / line;
  const int thread = blockIdx.x * threads + threadIdx.x, all = slices * threads;
  const auto* const scale1 = reinterpret_cast<const char*>(p.gemm1_weights_scale);
  const auto* const scale2 = reinterpret_cast<const char*>(p.gemm2_weights_scale);
  const auto* const x = reinterpret_cast<const char*>(p.hidden_states);
  const auto* const x_scale = reinterpret_cast<const char*>(p.hidden_states_scale);
  for (int i = thread; i < lines1; i += all) prefetch(scale1 + i * line);
  for (int i = thread; i < lines2; i += all) prefetch(scale2 + i * line);
  for (int i = thread; i < p.tokens * hidden / line; i += all) prefetch(x + i * line);
  for (int i = thread; i * line < p.tokens * hidden_blocks * 4; i += all)
    prefetch(x_scale + i * line);
}

__global__ void __launch_bounds__(threads, 1) slice(const __grid_constant__ Problem p) {
  extern __shared__ __align__(128) uint8_t memory[];
  auto& s = *reinterpret_cast<Shared*>(memory);
  if (threadIdx.x == 0) {
    for (int i = 0; i < slots; ++i) {
      barrier_init(shared_address(&s.full[i]), 1);
      barrier_init(shared_address(&s.empty[i]), math_warps);
    }
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  }
  warm_cache(p);
  auto* const output = reinterpret_cast<float*>(memory + sizeof(Shared));
  if (threadIdx.x < math_threads) {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 232;");
    for (int i = threadIdx.x; i < p.tokens * columns; i += math_threads) output[i] = 0;
    await_previous_kernel();
    make_lists(p, s);
    compute(p, s, output);
    store(p, output);
  } else {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 40;");
    await_previous_kernel();
    await_lists();
    if (threadIdx.x < math_threads + 32) produce(p, s);
  }
}

// Workspace bytes for `tokens`; hands the parts of `base` to `p`.
uint64_t lay_out(int64_t tokens, char* base, Problem& p) {
  uint64_t used = 0;
  const auto take = [&]<class T>(T*& part, int64_t elements) {
    part = reinterpret_cast<T*>(base + used);
    used += (static_cast<uint64_t>(elements) * sizeof(T) + 255) / 256 * 256;
  };
  take(p.h, tokens * top_k * intermediate);
  take(p.mask, tokens);
  take(p.weight, tokens * top_k);
  take(p.arrived, max_items);
  return used;
}

fihost_status workspace_size(const fihost_call* call, uint64_t* bytes,
                             const fihost_sink*) noexcept {
  Problem unused;
  *bytes = lay_out(call->inputs[0].shape[0], nullptr, unused);
  return FIHOST_OK;
}

fihost_status prepare(const fihost_sink* error) noexcept {
  FIHOST_TRY_CUDA(error, cudaFuncSetAttribute(slice, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                              sizeof(Shared) + max_tokens * columns * 4));
  return FIHOST_OK;
}

fihost_status run(const fihost_call* call, const fihost_sink* error) noexcept {
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
  route<<<p.tokens, 32, 0, stream>>>(p);
  FIHOST_TRY_CUDA(error, cudaGetLastError());
  cudaLaunchAttribute overlap{};
  overlap.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  overlap.val.programmaticStreamSerializationAllowed = 1;
  cudaLaunchConfig_t launch{};
  launch.gridDim = slices;
  launch.blockDim = threads;
  launch.dynamicSmemBytes = sizeof(Shared) + static_cast<size_t>(p.tokens) * columns * 4;
  launch.stream = stream;
  launch.attrs = &overlap;
  launch.numAttrs = 1;
  FIHOST_TRY_CUDA(error, cudaLaunchKernelEx(&launch, slice, p));
  return FIHOST_OK;
}

}  // namespace few

// More tokens: tiles of 128 weight rows x up to 128 pairs.
namespace many {

constexpr float largest_fp8 = 448;
constexpr float negligible = 1e-30f;  // h below that is zero; the inverse of its scale overflows

constexpr int rows = 128;       // weight rows of a tile
constexpr int max_width = 128;  // pairs of a tile
constexpr int math_warps = 8, math_threads = math_warps * 32;
constexpr int fill_warps = 4, fill_threads = fill_warps * 32;
constexpr int threads = math_threads + fill_threads;
constexpr int math_registers = 232, fill_registers = 40;  // 168 a thread are there at the start
constexpr int64_t max_tokens = 1 << 20;
// From here on tokens are the 64-high side of wgmma.
FIHOST_TUNE(int, tall_tokens, 3072, 1024, 2048, 3072, 4096, 8192);
constexpr int half = 64;  // pairs of a warpgroup there
constexpr int max_route_blocks = 256;

FIHOST_TUNE(int, stages, 6, 4, 5, 6);
// Stages that are on their way at a time.
FIHOST_TUNE(int, in_flight, 6, 2, 3, 4, 5, 6);
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

// A token's choice: local experts, their weights, and how many tokens of the block each has.
__device__ void route_token(const Problem& p, int token, const float (&bias)[8], int* count) {
  const uint32_t local =
      choose_experts(p.routing_logits, bias, token, p.local_expert_offset, p.routed_scaling_factor,
                     [&](int expert, int slot, float weight) {
                       p.weight[int64_t{token} * top_k + slot] = weight;
                       atomicAdd(&count[expert], 1);
                     });
  if (threadIdx.x % 32 == 0) p.local[token] = local;
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
  const int warp = threadIdx.x / 32;
  const int64_t thread = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (thread == 0) *p.asked = 0;
  for (int64_t i = thread; i < max_chunks(p.tokens); i += int64_t{gridDim.x} * blockDim.x)
    p.ready[i] = 0;
  if (threadIdx.x < local_experts) count[threadIdx.x] = 0;
  float bias[8];
  load_bias(p.routing_bias, bias);
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
  __syncwarp();  // a warp must arrive as a whole
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
  int next_item[2];
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
template <bool is_tall>
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
  const int width = is_tall ? max_width : ((all + own_chunks - 1) / own_chunks + 15) / 16 * 16;
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
  CUtensorMap first[2];    // weights: even and odd channels
  CUtensorMap tall_first;  // all channels
  CUtensorMap second;
  CUtensorMap x[widths], h[widths];  // 16, 32, ... pairs at a time
};

// Zeros to the output rows of tokens without pairs, while the memory has little else to do. One
// warp.
__device__ __forceinline__ void clear_rows(const Problem& p) {
  const int lane = threadIdx.x % 32;
  for (int64_t token = blockIdx.x; token < p.tokens; token += gridDim.x)
    if (p.local[token] == 0)
      for (int i = lane; i < hidden / 8; i += 32)
        reinterpret_cast<uint4*>(p.output + token * hidden)[i] = uint4{};
}

// The ring is filled by one lane of each of three warps: what a stage costs any of them must stay
// far below what the math needs for one.
enum Role { weights_role, pairs_role, scales_role, fill_roles };

template <bool is_tall>
struct Filler {
  const Problem& p;
  const Maps& maps;
  Shared& s;
  const int role;
  Place place{}, landing{};  // to be filled next; in_flight stages behind
  int started = 0;

  __device__ __forceinline__ void await_stage() {
    await(s.empty[place.stage], "an empty stage", place.stage, place.round ^ 1);
  }
  __device__ __forceinline__ void await_landing() {
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
  static __device__ __forceinline__ int width_of(const Item& item) {
    constexpr int unit = is_tall ? half : 16;
    return (item.pairs + unit - 1) / unit * unit;
  }

  // The weights, and whose stage it is and what belongs to it.
  template <bool is_first>
  __device__ __forceinline__ void fill_weights(const Item& item, int number) {
    constexpr int passes = is_first ? 2 : 1, steps = is_first ? hidden_blocks : h_blocks;
    const int bytes = rows * block + width_of(item) * (block + 4);
#pragma unroll 1
    for (int pass = 0; pass < passes; ++pass) {
      const CUtensorMap& map = !is_first ? maps.second
                               : is_tall ? maps.tall_first
                                         : maps.first[pass];
      const int row = !is_first ? item.expert * hidden + item.tile * rows
                      : is_tall ? (item.tile * 2 + pass) * (rows / 16)
                                : item.tile * (rows / 16);
#pragma unroll 1
      for (int step = 0; step < steps; ++step) {
        await_stage();
        await_landing();
        const int stage = place.stage;
        s.scales[stage].item = number;
        arrive_and_expect(s.full[stage], bytes);
        if constexpr (is_first)
          load_interleaved_box(s.weights[stage], map, s.full[stage], step * block, row,
                               item.expert);
        else
          load_box(s.weights[stage], map, s.full[stage], step * block, row);
        place.advance();
      }
    }
  }
  template <bool is_first>
  __device__ __forceinline__ void fill_pairs(const Item& item) {
    constexpr int passes = is_first ? 2 : 1, steps = is_first ? hidden_blocks : h_blocks;
    const CUtensorMap& map = (is_first ? maps.x : maps.h)[width_of(item) / 16 - 1];
    if constexpr (!is_first) await_h(item.chunk);
#pragma unroll 1
    for (int pass = 0; pass < passes; ++pass)
#pragma unroll 1
      for (int step = 0; step < steps; ++step) {
        await_stage();
        load_box(s.pairs[place.stage], map, s.full[place.stage], step * block, item.first_pair);
        place.advance();
      }
  }
  template <bool is_first>
  __device__ __forceinline__ void fill_scales(const Item& item) {
    constexpr int passes = is_first ? 2 : 1, steps = is_first ? hidden_blocks : h_blocks;
    const int64_t pitch = max_pairs(p.tokens);
    const int bytes = width_of(item) * 4;
    if constexpr (!is_first) await_h(item.chunk);
#pragma unroll 1
    for (int pass = 0; pass < passes; ++pass) {
      const float* scale = (is_first ? p.x_scale : p.h_scale) + item.first_pair;
#pragma unroll 1
      for (int step = 0; step < steps; ++step, scale += pitch) {
        await_stage();
        load_bulk(s.scales[place.stage].pair, scale, bytes, s.full[place.stage]);
        place.advance();
      }
    }
  }

  template <bool is_first>
  __device__ __forceinline__ void fill(const Item& item, int number) {
    if (role == weights_role)
      fill_weights<is_first>(item, number);
    else if (role == pairs_role)
      fill_pairs<is_first>(item);
    else
      fill_scales<is_first>(item);
  }

  // All items of a block, then a stage without contents that ends the math.
  __device__ __forceinline__ void fill_all() {
    const bool is_leader = threadIdx.x % 32 == 0;
    int number = s.next_item[1];
    for (int turn = 0;; turn ^= 1) {
      const Item item = find_item<is_tall>(s, number);
      if (item.expert == local_experts) break;
      if (is_leader) {
        if (item.is_first)
          fill<true>(item, number);
        else
          fill<false>(item, number);
        if (role == scales_role) s.next_item[turn] = atomicAdd(p.asked, 1);
      }
      synchronize<2, fill_roles * 32>();
      number = s.next_item[turn];
    }
    if (!is_leader || role != weights_role) return;
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
    const Item item = find_item<false>(s, number);
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

// Tokens as the high side of wgmma: a warpgroup has 64 pairs and all 128 weight rows of a tile. A
// thread of warp w has pairs 16 * (w % 4) + lane / 4 and the one 8 further, and of each eight rows
// two next to each other. Token scales then cost two loads a step instead of one for eight pairs.

// What a stage's sums are to be multiplied by: of linear and of gated rows, of the thread's two
// pairs.
struct TallScales {
  float linear[2], gated[2];
};
__device__ __forceinline__ TallScales tall_scales(const Shared& s, int stage, float linear,
                                                  float gated) {
  const float* const pair = s.scales[stage].pair + threadIdx.x / 32 * 16 + threadIdx.x % 32 / 4;
  return {{linear * pair[0], linear * pair[8]}, {gated * pair[0], gated * pair[8]}};
}
// Free a stage whose products are done, then sum += part * scales.
__device__ __forceinline__ void promote_tall(Shared& s, int stage, const TallScales& scales,
                                             float (&part)[half], float (&sum)[half]) {
  pin(part);
  __syncwarp();
  if (threadIdx.x % 32 == 0) arrive(s.empty[stage]);
#pragma unroll
  for (int j = 0; j < half / 4; ++j)
#pragma unroll
    for (int i = 0; i < 4; ++i)
      sum[4 * j + i] += part[4 * j + i] * (j % 2 == 0 ? scales.linear : scales.gated)[i / 2];
}

// `a` and `b` describe the operands of stage 0.
__device__ __forceinline__ void start_products_tall(uint32_t a, uint32_t b, int stage,
                                                    float (&part)[half]) {
  constexpr uint64_t high = (uint64_t{1024 >> 4} << 32) | uint64_t{1} << 62;
  a += stage * (rows * block >> 4);
  b += stage * (rows * block >> 4);
  pin(part);
  begin_products();
#pragma unroll
  for (int i = 0; i < 4; ++i)
    multiply_add<rows>(part, high | (a + i * 2), high | (b + i * 2), i > 0);
  commit_products();
}

// Products of one stage are always under way while those of the one before are promoted, but at the
// end of the loop's body, where ptxas wants none.
template <bool is_first>
__device__ __forceinline__ void multiply_tall(const Problem& p, Shared& s, Place& place,
                                              const Item& item, float (&sum)[half]) {
  constexpr int steps = is_first ? hidden_blocks : h_blocks, at_once = 8;
  static_assert(steps % at_once == 0);
  const WeightScales<is_first> scales(p, item);
  const int warpgroup = __shfl_sync(all_lanes, threadIdx.x / 128, 0);
  const auto a = static_cast<uint32_t>(matrix_descriptor(s.pairs[0] + warpgroup * half * block));
  const auto b = static_cast<uint32_t>(matrix_descriptor(s.weights[0]));
  float part[2][half] = {};
#pragma unroll
  for (int i = 0; i < half; ++i) sum[i] = 0;
#pragma unroll 1
  for (int first = 0; first < steps; first += at_once) {
    TallScales scale[2];
    int stage[2];
    float2 linear, gated;  // of two steps
#pragma unroll
    for (int i = 0; i <= at_once; ++i) {
      const int now = i % 2, before = 1 - now;
      if (i < at_once) {
        if (now == 0) {
          linear = __ldg(reinterpret_cast<const float2*>(scales.linear + first + i));
          gated =
              is_first ? __ldg(reinterpret_cast<const float2*>(scales.gated + first + i)) : linear;
        }
        stage[now] = __shfl_sync(all_lanes, place.stage, 0);  // known to be uniform
        await(s.full[stage[now]], "a full stage", stage[now], place.round);
        start_products_tall(a, b, stage[now], part[now]);
        scale[now] = now == 0 ? tall_scales(s, stage[now], linear.x, gated.x)
                              : tall_scales(s, stage[now], linear.y, gated.y);
        place.advance();
      }
      if (i == 0) continue;
      if (i < at_once)
        wait_for_products<1>();
      else
        wait_for_products<0>();
      promote_tall(s, stage[before], scale[before], part[before], sum);
    }
  }
}

// What is left of a chunk's last item for a warpgroup without pairs.
__device__ __forceinline__ void skip(Shared& s, Place& place, int steps) {
  for (int step = 0; step < steps; ++step) {
    await(s.full[place.stage], "a full stage", place.stage, place.round);
    __syncwarp();
    if (threadIdx.x % 32 == 0) arrive(s.empty[place.stage]);
    place.advance();
  }
}

// A warp's staging as 16 rows of 128 bytes, 16-byte part i of row r at i ^ (r % 8).
__device__ __forceinline__ uint8_t* staged(uint8_t* staging, int row, int part) {
  return staging + row * 128 + ((part ^ row % 8) << 4);
}

// 128 channels of h in two passes of 64. A thread has two pairs and, of each eight channels, two.
__device__ __forceinline__ void run_first_tall(const Problem& p, Shared& s, Place& place,
                                               const Item& item) {
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32, g = lane / 4, t = lane % 4;
  uint8_t* const staging = s.staging[warp];
  auto* const kept = reinterpret_cast<__nv_bfloat162*>(staging);  // of the first pass
  float sum[half];
  __nv_bfloat162 h[2][8], largest[2] = {};
#pragma unroll 1
  for (int pass = 0; pass < 2; ++pass) {
    multiply_tall<true>(p, s, place, item, sum);
    const auto activate = [](float linear, float gated) {
      return linear * __fdividef(gated, 1 + __expf(-gated));
    };
#pragma unroll
    for (int r = 0; r < 2; ++r)
#pragma unroll
      for (int j = 0; j < 8; ++j) {
        const float* const a = sum + j * 8 + r * 2;
        h[r][j] = __floats2bfloat162_rn(activate(a[0], a[4]), activate(a[1], a[5]));
        largest[r] = __hmax2(largest[r], __habs2(h[r][j]));
      }
    if (pass > 0) break;
#pragma unroll
    for (int i = 0; i < 16; ++i) kept[i * 32 + lane] = h[i / 8][i % 8];
  }
  __nv_bfloat162 early[2][8];
#pragma unroll
  for (int i = 0; i < 16; ++i) early[i / 8][i % 8] = kept[i * 32 + lane];
  __syncwarp();
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    float most = fmaxf(__low2float(largest[r]), __high2float(largest[r]));
    most = fmaxf(most, __shfl_xor_sync(all_lanes, most, 1));
    most = fmaxf(most, __shfl_xor_sync(all_lanes, most, 2));
    const float inverse = most > negligible ? largest_fp8 / most : 0;
    const int row = g + r * 8, pair = warp * 16 + row;
    const auto quantize = [&](__nv_bfloat162 two) {
      const float2 wide = __bfloat1622float2(two);
      return __nv_cvt_float2_to_fp8x2({wide.x * inverse, wide.y * inverse}, __NV_SATFINITE,
                                      __NV_E4M3);
    };
#pragma unroll
    for (int j = 0; j < 8; ++j) {  // channels 8j + 2t of each pass
      const int at = j % 2 * 8 + t * 2;
      *reinterpret_cast<__nv_fp8x2_storage_t*>(staged(staging, row, j / 2) + at) =
          quantize(early[r][j]);
      *reinterpret_cast<__nv_fp8x2_storage_t*>(staged(staging, row, 4 + j / 2) + at) =
          quantize(h[r][j]);
    }
    if (t == 0 && pair < item.pairs)
      p.h_scale[item.tile * max_pairs(p.tokens) + item.first_pair + pair] =
          most / largest_fp8 * p.pair_weight[item.first_pair + pair];
  }
  __syncwarp();
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const int row = i * 4 + lane / 8, pair = warp * 16 + row;
    if (pair < item.pairs)
      *reinterpret_cast<uint4*>(p.h + int64_t{item.first_pair + pair} * intermediate +
                                item.tile * block + lane % 8 * 16) =
          *reinterpret_cast<const uint4*>(staged(staging, row, lane % 8));
  }
}

// 128 columns of y, or of the output where a pair is all of its token.
__device__ __forceinline__ void run_second_tall(const Problem& p, Shared& s, Place& place,
                                                const Item& item) {
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32, g = lane / 4, t = lane % 4;
  uint8_t* const staging = s.staging[warp];
  __nv_bfloat16* to[4];  // of pair i * 4 + lane / 8 of the warp; asked for ahead of time
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const int pair = warp * 16 + i * 4 + lane / 8;
    const int number = item.first_pair + pair;
    const int token = pair < item.pairs ? p.only_token[number] : -1;
    to[i] = (token >= 0 ? p.output + int64_t{token} * hidden : p.y + int64_t{number} * hidden) +
            item.tile * rows + lane % 8 * 8;
  }
  float sum[half];
  multiply_tall<false>(p, s, place, item, sum);
#pragma unroll
  for (int side = 0; side < 2; ++side) {  // 64 columns at a time
    __syncwarp();
#pragma unroll
    for (int j = 0; j < 8; ++j)
#pragma unroll
      for (int r = 0; r < 2; ++r) {
        const float* const a = sum + (side * 8 + j) * 4 + r * 2;
        *reinterpret_cast<uint32_t*>(staged(staging, g + r * 8, j) + t * 4) = pack(a[0], a[1]);
      }
    __syncwarp();
#pragma unroll
    for (int i = 0; i < 4; ++i)
      if (warp * 16 + i * 4 + lane / 8 < item.pairs)
        *reinterpret_cast<uint4*>(to[i] + side * half) =
            *reinterpret_cast<const uint4*>(staged(staging, i * 4 + lane / 8, lane % 8));
  }
}

__device__ __forceinline__ void multiply_all_tall(const Problem& p, Shared& s) {
  const bool is_second_half = threadIdx.x >= 128;
  Place place;
  for (;;) {
    await(s.full[place.stage], "an item", place.stage, place.round);
    const int number = s.scales[place.stage].item;
    if (number == no_item) return;
    const Item item = find_item<true>(s, number);
    const bool has_pairs = !is_second_half || item.pairs > half;
    if (!has_pairs)
      skip(s, place, item.is_first ? 2 * hidden_blocks : h_blocks);
    else if (item.is_first)
      run_first_tall(p, s, place, item);
    else
      run_second_tall(p, s, place, item);
    if (item.is_first) {
      fence_async_proxy();  // the copy engine reads h
      __syncwarp();
      if (threadIdx.x % 32 == 0) add_release(&p.ready[item.chunk], 1);
    }
    __syncwarp();  // the staging is free
  }
}

template <bool is_tall>
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
  if (threadIdx.x == math_threads) s.next_item[1] = atomicAdd(p.asked, 1);
  fence_async_proxy();  // x comes from the kernel before
  __syncthreads();
  if (threadIdx.x < math_threads) {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(math_registers));
    if constexpr (is_tall)
      multiply_all_tall(p, s);
    else
      multiply_all(p, s);
  } else {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(fill_registers));
    const int role = (threadIdx.x - math_threads) / 32;
    if (role < fill_roles)
      Filler<is_tall>{p, maps, s, role}.fill_all();
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
  for (auto* const kernel : {experts_kernel<false>, experts_kernel<true>})
    FIHOST_TRY_CUDA(error, cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
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
  const cuuint64_t tall_size[5] = {hidden, 8, 2, intermediate / 8, local_experts};
  const cuuint64_t tall_pitch[4] = {hidden, uint64_t{intermediate} * hidden, 8 * hidden,
                                    2 * uint64_t{intermediate} * hidden};
  if (!encode_map<5>(encode, maps.tall_first, gemm1_weights, tall_size, tall_pitch, box))
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
  FIHOST_TRY_CUDA(error,
                  launch(p.tokens < tall_tokens ? experts_kernel<false> : experts_kernel<true>,
                         made.processors, threads, sizeof(Shared), stream, p, maps));
  FIHOST_TRY_CUDA(error, launch(combine, p.tokens, combine_threads, 0, stream, p));
  return FIHOST_OK;
}

}  // namespace many

// Up to here the slices are the faster ones.
FIHOST_TUNE(int, few_tokens, 128, 0, 16, 32, 64, 128);
static_assert(few_tokens <= few::max_tokens);

fihost_status find_few(const fihost_call& call, bool& is_few, const fihost_sink* error) noexcept {
  int processors = 0;
  FIHOST_TRY_CUDA(
      error, cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, call.device.id));
  is_few = call.inputs[0].shape[0] <= few_tokens && processors >= few::slices;
  return FIHOST_OK;
}

fihost_status workspace_size(const fihost_call* call, uint64_t* bytes,
                             const fihost_sink* error) noexcept {
  bool is_few = false;
  if (const fihost_status status = find_few(*call, is_few, error); status != FIHOST_OK)
    return status;
  return (is_few ? few::workspace_size : many::workspace_size)(call, bytes, error);
}

// The state says which of them runs: for few tokens there is none.
fihost_status prepare(const fihost_call* call, void** state, const fihost_sink* error) noexcept {
  bool is_few = false;
  if (const fihost_status status = find_few(*call, is_few, error); status != FIHOST_OK)
    return status;
  return is_few ? few::prepare(error) : many::prepare(call, state, error);
}
fihost_status run(void* state, const fihost_call* call, const fihost_sink* error) noexcept {
  return state == nullptr ? few::run(call, error) : many::run(state, call, error);
}
void release(void* state) noexcept { many::release(state); }

}  // namespace

const fihost_candidate fihost_candidate_v1 = {
    FIHOST_HEADER(fihost_candidate,
                  FIHOST_CANDIDATE_FLAG_DETERMINISTIC | FIHOST_CANDIDATE_FLAG_GRAPH_SAFE),
    "moe-regimes",
    "moe_fp8_block_scale_ds_routing_topk8_ng8_kg4_e32_h7168_i2048",
    "sm_90a",
    FIHOST_ROLE_CANDIDATE,
    FIHOST_CUDA,
    workspace_size,
    prepare,
    run,
    release};
