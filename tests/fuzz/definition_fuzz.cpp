// A definition of a dataset: parsed, and what is accepted is written and accepted again.
#include "core/model/definition.hpp"
#include "core/model/lax_json.hpp"
#include "tests/fuzz/foreign.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fihost::Json written;
  const bool taken = foreign::accepted([&] {
    const auto json = fihost::parse_lax_json(foreign::text(data, size), "definition");
    written = to_json(fihost::parse_definition(json, "definition"));
  });
  if (!taken) return 0;
  foreign::promise(foreign::accepted([&] {
                     const auto again = to_json(fihost::parse_definition(written, "again"));
                     foreign::promise(fihost::dump(again) == fihost::dump(written),
                                      "it is written the same again");
                   }),
                   "a definition that was written can be read");
  return 0;
}
