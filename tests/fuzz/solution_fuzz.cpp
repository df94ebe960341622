// A solution's file: parsed, and what is accepted is written and accepted again.
#include "core/model/lax_json.hpp"
#include "core/model/solution.hpp"
#include "tests/fuzz/foreign.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fihost::Solution solution;
  const bool taken = foreign::accepted([&] {
    const auto json = fihost::parse_lax_json(foreign::text(data, size), "solution");
    solution = fihost::parse_solution(json, "solution");
  });
  if (!taken) return 0;
  const auto written = to_json(solution);
  foreign::promise(foreign::accepted([&] {
                     const auto again = fihost::parse_solution(written, "again");
                     foreign::promise(content_hash(again) == content_hash(solution),
                                      "it has the same content");
                   }),
                   "a solution that was written can be read");
  return 0;
}
