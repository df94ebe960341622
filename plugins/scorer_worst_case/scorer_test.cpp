#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "core/plugin/registry.hpp"

namespace {

using fihost::Json;

Json workload(const char* uuid, const char* status, const Json& speedup) {
  return {{"uuid", uuid}, {"status", status}, {"speedup", speedup}};
}

Json score(const Json& workloads) {
  const fihost::Registry registry({FIHOST_PLUGIN_FOLDER});
  const auto scorer = registry.create("scorer/1", "scorer.worst_case", Json::object());
  return scorer->invoke("score", {{"workloads", workloads}});
}

}  // namespace

TEST_CASE("the score is the smallest speedup and its workload is named") {
  const Json reply =
      score({workload("a", "PASSED", 2), workload("b", "PASSED", 0.5), workload("c", "PASSED", 9)});
  CHECK(reply["score"] == 0.5);
  CHECK(reply["passed"] == true);
  CHECK(reply["reasons"] == Json::array({"decided by workload b"}));
}

TEST_CASE("one wrong workload leaves no score and is named") {
  const Json reply = score({workload("a", "TIMEOUT", nullptr), workload("b", "PASSED", 3)});
  CHECK(reply["score"].is_null());
  CHECK(reply["passed"] == false);
  CHECK(reply["reasons"] == Json::array({"workload a: TIMEOUT"}));
}
