#include "core/device/random_table.hpp"

#include <cstring>

#include "core/device/random.hpp"

namespace fihost::device {

std::vector<std::byte> make_random_table(DType dtype) {
  return with_dtype(dtype, [](auto d) {
    constexpr DType type = d.value;
    std::vector<std::byte> table(table_size<type> * sizeof(TableEntry<type>));
    for (std::uint32_t k = 0; k < table_size<type>; ++k) {
      const TableEntry<type> entry = table_entry<type>(k);
      std::memcpy(table.data() + k * sizeof entry, &entry, sizeof entry);
    }
    return table;
  });
}

}  // namespace fihost::device
