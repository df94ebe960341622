// A profiler for the tests: calls what it is given and measures nothing.
#include <sys/wait.h>

#include <cstdlib>
#include <fihost/plugin.hpp>

namespace {

using fihost::sdk::Context;
using fihost::sdk::Error;
using fihost::sdk::Json;

class Call final : public fihost::sdk::Profiler {
 public:
  static constexpr const char* id = "profiler.call";
  static constexpr const char* version = "1.0.0";
  static constexpr const char* summary = "calls the candidate, for tests";
  static constexpr const char* config_schema = R"({
    "type": "object",
    "properties": {"refuse": {"type": "string"}},
    "additionalProperties": false
  })";

  Call(const Json& config, const Context&) : refuse_(config.value("refuse", "")) {}

  Json check(const Json& request, const Context&) override {
    if (!refuse_.empty()) return {{"usable", false}, {"reason", refuse_}};
    return {{"usable", request.at("device").at("type") == "cpu"}, {"reason", "not the CPU"}};
  }

  Json profile(const Json& request, const Context&) override {
    std::string line;
    for (const Json& word : request.at("command")) line += "'" + word.get<std::string>() + "' ";
    const int status = std::system(line.c_str());
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (code != 0) {
      throw Error(FIHOST_DEVICE_ERROR, "the worker ended with " + std::to_string(code));
    }
    std::string digest;
    for (int i = 0; i < 300; ++i) digest += "line " + std::to_string(i) + "\n";
    return {{"metrics", {{"exit_code", code}}},
            {"kernels", {{{"name", "k\x1b[31m"}, {"duration_us", 1.25}, {"grid", "(1, 1, 1)"}}}},
            {"digest", digest},
            {"hints", {"hint of " + request.at("workload").get<std::string>()}}};
  }

 private:
  std::string refuse_;
};

}  // namespace

FIHOST_PLUGIN("call_profiler", Call);
