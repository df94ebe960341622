// A line of a trace file.
#include "core/model/lax_json.hpp"
#include "core/model/trace.hpp"
#include "tests/fuzz/foreign.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = foreign::text(data, size);
  static_cast<void>(fihost::is_lax_json(text));
  static_cast<void>(foreign::accepted([&] {
    const auto trace = fihost::parse_trace(fihost::parse_lax_json(text, "trace"), "trace");
    static_cast<void>(fihost::dump(to_json(trace)));  // refuses figures that are not finite
  }));
  return 0;
}
