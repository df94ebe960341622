// Children are compiled and called.
#include <dlfcn.h>
#include <doctest/doctest.h>
#include <fihost/candidate.h>

#include <chrono>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/temp_dir.hpp"
#include "core/build/builder.hpp"
#include "core/plugin/registry.hpp"

namespace {

using fihost::Json;

const std::string task = FIHOST_TASKS "/rmsnorm_h7168/";
constexpr std::int64_t columns = 7168;

// The first is faster up to 8 rows.
Json parent(const std::string& name, const std::string& source, bool cuda, bool first) {
  Json workloads = Json::array();
  for (std::int64_t rows = 1; rows <= 64; rows *= 2)
    workloads.push_back({{"uuid", std::to_string(rows)},
                         {"axes", {{"batch_size", rows}}},
                         {"status", "PASSED"},
                         {"latency_ms", (rows <= 8) == first ? 1 : 2}});
  return {{"name", name},
          {"source", source},
          {"language", cuda ? "cuda" : "cpp"},
          {"workloads", workloads}};
}

std::string child_of(const std::string& first, const std::string& second, bool cuda) {
  const auto component = fihost::Registry({FIHOST_PLUGIN_FOLDER})
                             .create("mutator/1", "mutator.dispatch", Json::object());
  const Json reply = component->invoke(
      "propose", {{"definition", fihost::read_json(task + "definition.json")},
                  {"parents", Json::array({parent("first", first, cuda, true),
                                           parent("second", second, cuda, false)})},
                  {"count", 1}});
  INFO(reply.dump());
  REQUIRE(reply.at("children").size() == 1);
  CHECK(reply.at("children")[0].at("parents") == Json::array({0, 1}));
  return reply.at("children")[0].at("source").get<std::string>();
}

std::filesystem::path compiled(const std::string& source, bool cuda, const fihost::TempDir& cache) {
  const auto file = cache.path() / (cuda ? "child.cu" : "child.cpp");
  fihost::write_text(file, source);
  const fihost::Builder builder(fihost::find_toolchain(), FIHOST_PREFIX, cache.path() / "cache");
  fihost::BuildRequest request{.source = file, .archs = {}, .flags = {"-Wall", "-Wextra"}};
  if (cuda) {
    request.archs = {"sm_90a"};
    request.flags = {"-Xcompiler=-Wall,-Wextra"};
  }
  const fihost::BuildResult built = builder.build(request, std::chrono::minutes(4));
  INFO(built.log);
  REQUIRE(built.ok);
  CHECK(built.diagnostics.empty());
  return built.object;
}

struct Loaded {
  explicit Loaded(const std::filesystem::path& object)
      : handle(dlopen(object.c_str(), RTLD_NOW | RTLD_LOCAL), &dlclose) {
    REQUIRE_MESSAGE(handle != nullptr, dlerror());
    table = static_cast<const fihost_candidate*>(dlsym(handle.get(), "fihost_candidate_v1"));
    REQUIRE(table != nullptr);
  }
  std::unique_ptr<void, int (*)(void*)> handle;
  const fihost_candidate* table = nullptr;
};

void discard(void*, fihost_text) noexcept {}

// Everything that the host does with one shape; gives the output, and the workspace that was wanted.
std::vector<std::uint16_t> output(const fihost_candidate& candidate, std::int64_t rows,
                                  std::uint64_t& workspace) {
  std::vector<std::uint16_t> x(static_cast<std::size_t>(rows * columns)), weight(columns), y(x);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<std::uint16_t>(0x3f00 + i % 250);
  for (std::size_t i = 0; i < weight.size(); ++i)
    weight[i] = static_cast<std::uint16_t>(0x3f00 + i % 77);
  std::int64_t shape[] = {rows, columns}, strides[] = {columns, 1}, one[] = {1};
  fihost_tensor inputs[2] = {}, outputs[1] = {};
  inputs[0].data = x.data();
  inputs[0].ndim = 2;
  inputs[0].shape = shape;
  inputs[0].strides = strides;
  inputs[1] = inputs[0];
  inputs[1].data = weight.data();
  inputs[1].ndim = 1;
  inputs[1].shape = shape + 1;
  inputs[1].strides = one;
  outputs[0] = inputs[0];
  outputs[0].data = y.data();
  fihost_call call = {};
  call.inputs = inputs;
  call.outputs = outputs;
  call.num_inputs = 2;
  call.num_outputs = 1;
  const fihost_sink error = {nullptr, discard};
  void* state = nullptr;
  workspace = 0;
  if (candidate.workspace_size != nullptr)
    REQUIRE(candidate.workspace_size(&call, &workspace, &error) == FIHOST_OK);
  if (candidate.prepare != nullptr) REQUIRE(candidate.prepare(&call, &state, &error) == FIHOST_OK);
  REQUIRE(candidate.run(state, &call, &error) == FIHOST_OK);
  if (candidate.prepare != nullptr) candidate.release(state);
  return y;
}

// A candidate that writes `mark` to its output, and has state and a workspace if it is said to.
std::string marker(int mark, bool with_state, const std::string& flags) {
  const std::string number = std::to_string(mark);
  std::string text =
      "#include <fihost/candidate.hpp>\n#include <new>\n#define MARK " + number +
      "\nusing namespace fihost::sdk;\nnamespace {\nstruct State { int mark; };\n"
      "static int alive = 0;\n"
      "fihost_status workspace(const fihost_call*, uint64_t* bytes, const fihost_sink*) noexcept "
      "{\n"
      "  *bytes = MARK * 100;\n  return FIHOST_OK;\n}\n"
      "fihost_status prepare(const fihost_call*, void** state, const fihost_sink*) noexcept {\n"
      "  ++alive;\n  *state = new (std::nothrow) State{MARK};\n  return FIHOST_OK;\n}\n"
      "void release(void* state) noexcept { --alive; delete static_cast<State*>(state); }\n";
  text +=
      "fihost_status run(void* state, const fihost_call* call, const fihost_sink*) noexcept {\n"
      "  (void)state;\n";
  text += with_state ? "  if (alive != 1) return FIHOST_INTERNAL;\n"
                       "  data<uint16_t>(call->outputs[0])[0] = static_cast<State*>(state)->mark;\n"
                     : "  (void)workspace, (void)prepare, (void)release;\n"
                       "  data<uint16_t>(call->outputs[0])[0] = MARK;\n";
  text +=
      "  return FIHOST_OK;\n}\n}\n"
      "const fihost_candidate fihost_candidate_v1 = {FIHOST_HEADER(fihost_candidate, " +
      flags + "), \"marker\", \"rmsnorm_h7168\", nullptr, FIHOST_ROLE_CANDIDATE, FIHOST_CPU, ";
  return text + (with_state ? "workspace, prepare, run, release};\n"
                            : "nullptr, nullptr, run, nullptr};\n");
}

}  // namespace

TEST_CASE("each part serves its sizes, with its own state and workspace") {
  const fihost::TempDir cache;
  const Loaded child(
      compiled(child_of(marker(1, false, "3"), marker(2, true, "2"), false), false, cache));
  std::uint64_t workspace = 0;
  CHECK(output(*child.table, 8, workspace)[0] == 1);
  CHECK(workspace == 0);
  CHECK(output(*child.table, 16, workspace)[0] == 2);
  CHECK(workspace == 200);
  CHECK(output(*child.table, 17, workspace)[0] == 2);  // the first state was released
  CHECK(child.table->header.flags == 2);
  CHECK(child.table->device_type == FIHOST_CPU);
  CHECK(child.table->arch == nullptr);
  CHECK(std::string(child.table->definition) == "rmsnorm_h7168");
}

TEST_CASE("a child can be a parent again, on either side") {
  const fihost::TempDir cache;
  const std::string inner = child_of(marker(1, false, "0"), marker(2, true, "0"), false);
  const Loaded right(compiled(child_of(marker(3, true, "0"), inner, false), false, cache));
  std::uint64_t workspace = 0;
  CHECK(output(*right.table, 1, workspace)[0] == 3);
  CHECK(workspace == 300);
  CHECK(output(*right.table, 16, workspace)[0] == 2);
  CHECK(workspace == 200);
  const Loaded both(
      compiled(child_of(inner, child_of(marker(4, true, "0"), inner, false), false), false, cache));
  CHECK(output(*both.table, 2, workspace)[0] == 1);
  CHECK(output(*both.table, 32, workspace)[0] == 2);
}

TEST_CASE("a child of two shipped candidates computes what they compute") {
  const fihost::TempDir cache;
  const std::string naive = fihost::read_text(task + "naive.cpp");
  const std::string vectorised = fihost::read_text(task + "vectorised.cpp");
  const Loaded child(compiled(child_of(naive, vectorised, false), false, cache));
  const Loaded small(compiled(naive, false, cache)), large(compiled(vectorised, false, cache));
  std::uint64_t workspace = 0;
  CHECK(output(*child.table, 3, workspace) == output(*small.table, 3, workspace));
  CHECK(output(*child.table, 40, workspace) == output(*large.table, 40, workspace));
  CHECK(child.table->header.flags == FIHOST_CANDIDATE_FLAG_DETERMINISTIC);
}

TEST_CASE("a child of two CUDA candidates compiles" *
          doctest::skip(!fihost::find_toolchain().nvcc.has_value())) {
  const fihost::TempDir cache;
  const std::string child = child_of(fihost::read_text(task + "block_per_row.cu"),
                                     fihost::read_text(task + "tunable.cu"), true);
  (void)compiled(child_of(fihost::read_text(task + "naive.cu"), child, true), true, cache);
}
