// Exits with 0 when every claim holds.
#include "mutator_@NAME@.hpp"

#include <cstdio>

namespace {

using fihost::sdk::Json;

int failures = 0;

void claim(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "not so: %s\n", what);
  ++failures;
}

/// The children of one parent.
Json propose(const char* source, int count) {
  const fihost::sdk::Context nobody(nullptr);  // propose() asks nothing of the host
  const Json parents = Json::array({{{"source", source}, {"language", "cuda"}, {"score", 1.0}}});
  const Json request = {{"definition", Json::object()}, {"parents", parents}, {"count", count}};
  return Mutator().propose(request, nobody).at("children");
}

}  // namespace

int main() {
  const char* source = "constexpr int threads = 256;\n";
  const Json two = propose(source, 5);
  claim(two.size() == 2, "a parent with the constant has two children");
  claim(two.at(0).at("source") == Json("constexpr int threads = 512;\n"), "the first has twice");
  claim(two.at(1).at("source") == Json("constexpr int threads = 128;\n"), "the second has half");
  claim(propose(source, 1).size() == 1, "there are never more than were wanted");
  claim(propose("int f();\n", 5).empty(), "a parent without the constant has none");
  return failures;
}
