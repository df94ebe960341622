// The configuration of a run, as YAML or JSON: what is accepted is written and accepted again.
#include "core/search/config.hpp"
#include "tests/fuzz/foreign.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const foreign::File file(foreign::text(data, size));
  std::vector<std::string> notes;
  fihost::search::EvolveConfig config;
  if (!foreign::accepted([&] { config = fihost::search::read_config(file.path(), notes); })) {
    return 0;
  }
  const auto written = to_json(config);
  foreign::promise(foreign::accepted([&] {
                     const auto again = fihost::search::parse_config(written, "again", notes);
                     foreign::promise(fihost::dump(to_json(again)) == fihost::dump(written),
                                      "it says the same");
                   }),
                   "a configuration that was written can be read");
  const foreign::File yaml(to_yaml(config));
  foreign::promise(foreign::accepted(
                       [&] { static_cast<void>(fihost::search::read_config(yaml.path(), notes)); }),
                   "a configuration that was written as YAML can be read");
  return 0;
}
