#include "split.hpp"

#include <doctest/doctest.h>

#include <functional>

namespace {

using dispatch::best_split;
using dispatch::Split;
using fihost::sdk::Json;

const Json definition = Json::parse(R"({"name": "d", "axes": {
  "rows": {"type": "var"}, "depth": {"type": "var"}, "columns": {"type": "const", "value": 4}}})");

// Latency by rows; depth takes turns between 1 and 2.
Json program(const std::function<double(int rows)>& latency) {
  Json workloads = Json::array();
  int depth = 1;
  for (int rows = 1; rows <= 1024; rows *= 2) {
    workloads.push_back({{"uuid", std::to_string(rows)},
                         {"axes", {{"depth", depth}, {"rows", rows}}},
                         {"status", "PASSED"},
                         {"latency_ms", latency(rows)}});
    depth = 3 - depth;
  }
  return {{"workloads", workloads}};
}

}  // namespace

TEST_CASE("the axis and the place that separate two programs are found") {
  const Split split = best_split(definition, program([](int rows) { return rows <= 64 ? 1 : 8; }),
                                 program([](int rows) { return rows <= 64 ? 2 : 4; }));
  CHECK(split.axis == "rows");
  REQUIRE(split.intervals.size() == 2);
  CHECK(split.intervals[0].limit == 90);  // between 64 and 128
  CHECK(split.intervals[0].part == 0);
  CHECK(split.intervals[1].part == 1);
  // The second is the better one alone, by far fewer logarithms: 7 workloads times log 2 are spared.
  CHECK(split.gain == doctest::Approx(std::pow(2.0, 4.0 / 11)));
}

TEST_CASE("a third interval is made where it pays") {
  const auto middle = [](int rows) { return rows >= 8 && rows <= 32 ? 1.0 : 3.0; };
  const Split split = best_split(definition, program([](int) { return 2.0; }), program(middle));
  REQUIRE(split.intervals.size() == 3);
  CHECK(split.intervals[0].part == 0);
  CHECK(split.intervals[0].limit == 5);
  CHECK(split.intervals[1].part == 1);
  CHECK(split.intervals[1].limit == 45);
  CHECK(split.intervals[2].part == 0);
}

TEST_CASE("programs of which one is always faster gain nothing") {
  const Split split =
      best_split(definition, program([](int) { return 1.0; }), program([](int) { return 2.0; }));
  CHECK(split.gain < 1);
}

TEST_CASE("workloads that one of them did not pass are left out") {
  Json first = program([](int) { return 1.0; });
  for (Json& workload : first["workloads"]) workload["status"] = "TIMEOUT";
  first["workloads"][0]["latency_ms"] = nullptr;
  CHECK(best_split(definition, first, program([](int) { return 1.0; })).intervals.empty());
}
