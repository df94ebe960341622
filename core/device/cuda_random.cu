#include <algorithm>

#include "core/device/cuda_grid.hpp"
#include "core/device/cuda_kernels.hpp"
#include "core/device/random.hpp"

namespace fihost::device {
namespace {

constexpr unsigned int randomize_threads = 1024;

/// A thread for each Philox block of 16 random bytes; neighbours write next to each other. The table
/// is looked up at random, so it is copied to shared memory first where a block may have that much. Writes every element once; bound
/// by lookups (one a cycle and bank) where there is a table, else by memory.
template <DType D, bool Shared>
__global__ void __launch_bounds__(randomize_threads)
    randomize(Code<D>* out, std::uint64_t elements, std::uint64_t key, const TableEntry<D>* table) {
  const TableEntry<D>* entries = table;
  if constexpr (Shared) {
    extern __shared__ uint4 storage[];
    auto* copy = reinterpret_cast<TableEntry<D>*>(storage);
    for (unsigned int i = threadIdx.x; i < table_size<D>; i += blockDim.x) copy[i] = table[i];
    __syncthreads();
    entries = copy;
  }
  constexpr std::uint32_t lanes = elements_per_word<D>;
  struct alignas(lanes * sizeof(Code<D>)) Codes {
    Code<D> code[lanes];
  };
  const std::uint64_t blocks =
      (elements + group_words * lanes - 1) / (group_words * lanes) * group_blocks;
  for (std::uint64_t block = first_item(); block < blocks; block += item_stride()) {
    const Philox4 random = random_block(key, block);
#pragma unroll
    for (std::uint32_t w = 0; w < 4; ++w) {
      Codes codes;
#pragma unroll
      for (std::uint32_t lane = 0; lane < lanes; ++lane) {
        codes.code[lane] = random_code<D>(random.word[w], lane, entries);
      }
      const std::uint64_t word =
          block / group_blocks * group_words + w * group_blocks + block % group_blocks;
      if ((word + 1) * lanes <= elements) {
        reinterpret_cast<Codes*>(out)[word] = codes;
        continue;
      }
      for (std::uint64_t lane = 0; lane < lanes && word * lanes + lane < elements; ++lane) {
        out[word * lanes + lane] = codes.code[lane];
      }
    }
  }
}

int attribute(cudaDeviceAttr which) {
  int device = 0, value = 0;
  cuda_check(cudaGetDevice(&device), "asking for the device");
  cuda_check(cudaDeviceGetAttribute(&value, which, device), "asking for the device's size");
  return value;
}

/// As many blocks as fit at once, so that each loads the table once.
template <DType D, bool Shared>
void launch(void* data, std::uint64_t elements, std::uint64_t key, const void* table,
            cudaStream_t stream) {
  constexpr std::size_t bytes = Shared ? table_size<D> * sizeof(TableEntry<D>) : 0;
  const auto kernel = randomize<D, Shared>;
  cuda_check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                  static_cast<int>(bytes)),
             "making room for a table");
  int resident = 0;
  cuda_check(
      cudaOccupancyMaxActiveBlocksPerMultiprocessor(&resident, kernel, randomize_threads, bytes),
      "sizing a launch");
  const std::uint64_t wanted = elements / (4 * elements_per_word<D> * randomize_threads) + 1;
  const int room = resident * attribute(cudaDevAttrMultiProcessorCount);
  const auto blocks =
      static_cast<unsigned int>(std::min<std::uint64_t>(wanted, static_cast<unsigned int>(room)));
  kernel<<<blocks, randomize_threads, bytes, stream>>>(static_cast<Code<D>*>(data), elements, key,
                                                       static_cast<const TableEntry<D>*>(table));
  launched("filling an input");
}

}  // namespace

void launch_randomize(void* data, DType dtype, std::uint64_t elements, std::uint64_t key,
                      const void* table, cudaStream_t stream) {
  if (dtype == DType::float4_e2m1) return;  // refused before: there is no recipe
  const int room = attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin);
  with_dtype(dtype, [&](auto d) {
    constexpr DType type = d.value;
    constexpr bool has_table = table_size < type >> 0;
    if (has_table && table_size<type> * sizeof(TableEntry<type>) <= static_cast<unsigned>(room)) {
      launch<type, has_table>(data, elements, key, table, stream);
    } else {
      launch<type, false>(data, elements, key, table, stream);
    }
  });
}

}  // namespace fihost::device
