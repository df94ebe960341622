#include "tests/evolve/scale_evolution.hpp"

#include "core/base/error.hpp"
#include "tests/end_to_end/fihost_process.hpp"

namespace fihost::test {
namespace {

/// Objects of equal sources are shared by all tests of this process.
const std::filesystem::path& shared_cache() {
  static const TempDir folder;
  return folder.path();
}

}  // namespace

std::string scale_source(int work, int unit) {
  return fmt::format(R"(#include <fihost/candidate.h>

// EVOLVE-BLOCK-START
static constexpr int work = {};
static constexpr int unit = {};
// EVOLVE-BLOCK-END

static fihost_status run(void*, const fihost_call* call, const fihost_sink*) noexcept {{
  const float* x = (const float*)call->inputs[0].data;
  const float factor = *(const float*)call->inputs[1].data;
  float* y = (float*)call->outputs[0].data;
  long count = 1;
  for (int i = 0; i < call->inputs[0].ndim; ++i) count *= call->inputs[0].shape[i];
  for (int again = 0; again < work; ++again) {{
    for (long i = 0; i < count; ++i) y[i] = factor * x[i];
    asm volatile("" : : "r"(y), "r"(unit) : "memory");
  }}
  return FIHOST_OK;
}}

extern "C" FIHOST_EXPORT const fihost_candidate fihost_candidate_v1 = {{
    .header = FIHOST_HEADER(fihost_candidate, FIHOST_CANDIDATE_FLAG_DETERMINISTIC),
    .name = "scale",
    .definition = "scale_f32",
    .arch = nullptr,
    .role = FIHOST_ROLE_CANDIDATE,
    .device_type = FIHOST_CPU,
    .workspace_size = nullptr,
    .prepare = nullptr,
    .run = run,
    .release = nullptr,
}};
)",
                     work, unit);
}

int number_in(const std::string& prompt, const std::string& name) {
  const auto marker = "constexpr int " + name + " = ";
  const auto at = prompt.rfind(marker);
  return at == std::string::npos ? 0 : std::atoi(prompt.c_str() + at + marker.size());
}

HttpResponse chat(const std::string& text) {
  const Json reply = {
      {"model", "toy"},
      {"choices",
       {{{"message", {{"role", "assistant"}, {"content", text}}}, {"finish_reason", "stop"}}}},
      {"usage", {{"prompt_tokens", 100}, {"completion_tokens", 50}}}};
  return json_response(dump(reply));
}

std::string fenced(const std::string& source) {
  return "Less work.\n\n```cpp\n" + source + "```\n";
}

std::string edit(const std::string& search, const std::string& replace) {
  return "<<<<<<< SEARCH\n" + search + "\n=======\n" + replace + "\n>>>>>>> REPLACE\n";
}

std::string prompt_of(const HttpRequest& request) {
  std::string text;
  const auto body = parse_json(request.body, "a request");
  for (const Json& message : body.at("messages")) {
    text += message.at("content").get<std::string>() + "\n";
  }
  return text;
}

ScaleEvolution::ScaleEvolution(HttpHandler model) : server(std::move(model)) {
  write_text(folder.path() / "seed.cpp", scale_source(24));
}

std::string ScaleEvolution::config() const {
  return fmt::format(R"(llm:
  api_base: {}/v1
  api_key: ${{EVOLVE_TEST_KEY}}
  model: toy
  retries: 1
  retry_delay: 0.01
mutators:
  - {{id: mutator.llm_diff, weight: 1}}
evaluator:
  devices: [cpu]
  quick: true
  workloads: rows=33
  rematch_rounds: 2
{}
)",
                     server.url(), more_config);
}

Command ScaleEvolution::command(std::vector<std::string> arguments) const {
  const bool goes_on = std::find_if(arguments.begin(), arguments.end(), [](const auto& a) {
                         return a == "--resume" || a == "--branch" || a == "--replay";
                       }) != arguments.end();
  if (!goes_on) {
    const auto file = folder.path() / "config.yaml";
    write_text(file, config());
    arguments.insert(arguments.begin(),
                     {(folder.path() / "seed.cpp").string(), "--config", file.string(), "--output",
                      run().string(), "--definition", "scale_f32"});
  }
  arguments.insert(arguments.begin(), "evolve");
  auto command = fihost_command(arguments, shared_cache());
  command.environment->push_back("EVOLVE_TEST_KEY=sk-evolve-secret-4711");
  return command;
}

Output ScaleEvolution::evolve(std::vector<std::string> arguments) const {
  return fihost::run(command(std::move(arguments)), std::chrono::minutes(4));
}

}  // namespace fihost::test
