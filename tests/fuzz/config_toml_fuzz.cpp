// config.toml of a contest's starter kit.
#include "core/solution/config_toml.hpp"
#include "tests/fuzz/foreign.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const foreign::File file(foreign::text(data, size));
  fihost::SolutionConfig config;
  if (!foreign::accepted([&] { config = fihost::read_config_toml(file.path()); })) return 0;
  config.solution.entry_point = {"kernel.cu", "run"};
  const foreign::File written(config_toml_text(config.solution));
  foreign::promise(foreign::accepted([&] {
                     const auto again = fihost::read_config_toml(written.path()).solution;
                     foreign::promise(again.name == config.solution.name &&
                                          again.dependencies == config.solution.dependencies,
                                      "it says the same");
                   }),
                   "a config.toml that was written can be read");
  return 0;
}
