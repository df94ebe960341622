#include "core/eval/workload_filter.hpp"

#include <doctest/doctest.h>

#include "core/base/error.hpp"

namespace {

std::vector<fihost::Workload> workloads() {
  std::vector<fihost::Workload> all;
  const std::pair<const char*, int> table[] = {
      {"aa00", 1}, {"ab11", 64}, {"ba22", 128}, {"77cc", 4096}};
  for (const auto& [uuid, extent] : table) {
    fihost::Workload w;
    w.uuid = uuid;
    w.axes = {{"seq_len", extent}};
    all.push_back(w);
  }
  return all;
}

std::string selected(const std::string& filter) {
  std::string text;
  for (const auto& w : fihost::select_workloads(workloads(), filter)) text += w.uuid + " ";
  return text;
}

}  // namespace

TEST_CASE("without a filter all workloads are there") {
  CHECK(selected("") == "aa00 ab11 ba22 77cc ");
}

TEST_CASE("indices and uuid prefixes add up in the task's order") {
  CHECK(selected("2,0") == "aa00 ba22 ");
  CHECK(selected("a") == "aa00 ab11 ");
  CHECK(selected("77, ab") == "ab11 77cc ");
}

TEST_CASE("conditions narrow") {
  CHECK(selected("seq_len<=64") == "aa00 ab11 ");
  CHECK(selected("seq_len<64") == "aa00 ");
  CHECK(selected("seq_len>=64,seq_len<4096") == "ab11 ba22 ");
  CHECK(selected("seq_len=128") == "ba22 ");
  CHECK(selected("seq_len==128") == "ba22 ");
  CHECK(selected("seq_len!=128") == "aa00 ab11 77cc ");
  CHECK(selected("a,seq_len>1") == "ab11 ");
}

TEST_CASE("a term that means nothing is a usage error with what there is") {
  CHECK_THROWS_WITH_AS(selected("zz"),
                       "--workloads: 'zz': no uuid starts with it, and the indices are 0 to 3",
                       fihost::Error);
  CHECK_THROWS_WITH_AS(selected("batch<3"),
                       "--workloads: 'batch': there is no such variable axis; found seq_len=1",
                       fihost::Error);
  CHECK_THROWS_AS(selected("seq_len<"), fihost::Error);
  CHECK_THROWS_AS(selected("seq_len<6x"), fihost::Error);
  CHECK_THROWS_WITH_AS(selected("seq_len>9999"),
                       "--workloads: 'seq_len>9999': it leaves no workload", fihost::Error);
}
