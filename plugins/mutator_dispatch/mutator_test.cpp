#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <string>

#include "core/plugin/registry.hpp"

namespace {

using fihost::Json;

Json parent(const std::string& source, double small, double large) {
  Json workloads = Json::array();
  for (const int rows : {1, 100})
    workloads.push_back({{"uuid", std::to_string(rows)},
                         {"axes", {{"rows", rows}}},
                         {"status", "PASSED"},
                         {"latency_ms", rows == 1 ? small : large}});
  return {{"source", source}, {"language", "cpp"}, {"workloads", workloads}};
}

std::string source(const std::string& arch, const std::string& device, const char* more = "") {
  return std::string(more) +
         "\nconst fihost_candidate fihost_candidate_v1 = {FIHOST_HEADER(fihost_candidate, 0), "
         "\"n\", "
         "\"d\", " +
         arch + ", FIHOST_ROLE_CANDIDATE, " + device + ", 0, 0, run, 0};";
}

const std::string plain = source("nullptr", "FIHOST_CPU");

std::string reason(const Json& parents, const Json& config = Json::object()) {
  const Json definition = Json::parse(R"({"name": "d", "axes": {"rows": {"type": "var"}},
    "inputs": {"n": {"shape": null}, "x": {"shape": [4, "rows"]}}, "outputs": {}})");
  const auto component =
      fihost::Registry({FIHOST_PLUGIN_FOLDER}).create("mutator/1", "mutator.dispatch", config);
  const Json reply = component->invoke(
      "propose", {{"definition", definition}, {"parents", parents}, {"count", 1}});
  if (!reply.at("children").empty()) {
    CHECK(reply.at("failures").empty());
    return reply.at("children")[0].at("note").get<std::string>();
  }
  return reply.at("failures")[0].at("reason").get<std::string>();
}

}  // namespace

TEST_CASE("a child names its split and what is expected of it") {
  Json first = parent(plain, 1, 4), second = parent(plain + " ", 2, 2);
  first["name"] = "a";
  second["name"] = "b";
  CHECK(reason(Json::array({first, second})) == "by rows: a up to 10, b above, 41.4 % expected");
}

TEST_CASE("no gain, no child") {
  const Json first = parent(plain, 1, 1.005), second = parent(plain + " ", 2, 1);
  CHECK(reason(Json::array({first, second})) ==
        "the best split, along rows, gains 0.2 % over the better parent");
  CHECK(reason(Json::array({first, second}), {{"min_gain", 0}}).find("expected") !=
        std::string::npos);
}

TEST_CASE("parents that do not go together are refused with the reason") {
  const auto both = [](const std::string& a, const std::string& b) {
    return reason(Json::array({parent(a, 1, 4), parent(b, 2, 2)}));
  };
  CHECK(both(plain, plain) == "both parents are the same");
  CHECK(both(plain, source("nullptr", "FIHOST_CUDA")) ==
        "the parents run on FIHOST_CPU and FIHOST_CUDA");
  CHECK(both(source("\"sm_90a\"", "FIHOST_CUDA"), source("\"sm_100a\"", "FIHOST_CUDA")) ==
        "the parents are for \"sm_90a\" and \"sm_100a\"");
  CHECK(both(plain, source("nullptr", "FIHOST_CPU", "extern \"C\" int f();"))
            .find("parent 1: extern") == 0);
  CHECK(reason(Json::array({parent(plain, 1, 1)})) == "a dispatcher needs two parents");
  Json other = parent(plain + " ", 2, 2);
  other["language"] = "cuda";
  CHECK(reason(Json::array({parent(plain, 1, 4), other})) ==
        "the parents are in different languages");
}
