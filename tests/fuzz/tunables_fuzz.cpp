// The tunables that a source declares.
#include "plugins/mutator_params/space.hpp"
#include "tests/fuzz/foreign.hpp"

namespace {

void take(std::string_view source) {
  const params::Space space{std::string(source)};
  const auto point = space.current();
  foreign::promise(space.at(point) == source, "the current point is the source");
  static_cast<void>(space.size());
  static_cast<void>(space.frame());
  static_cast<void>(space.allows(
      point, {.shared_bytes_per_block = 48 << 10, .registers_per_multiprocessor = 64 << 10}));
  static_cast<void>(space.values(point));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static_cast<void>(
      foreign::accepted<fihost::sdk::Error>([&] { take(foreign::text(data, size)); }));
  return 0;
}
