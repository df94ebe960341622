// A ranking's document.
#include "core/report/ranking_reader.hpp"
#include "tests/fuzz/foreign.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const foreign::File file(foreign::text(data, size));
  static_cast<void>(
      foreign::accepted([&] { static_cast<void>(fihost::read_rankings(file.path())); }));
  return 0;
}
