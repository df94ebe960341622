#include "part.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {

using dispatch::Part;
using dispatch::take_apart;

const std::string table =
    "const fihost_candidate fihost_candidate_v1 = {FIHOST_HEADER(fihost_candidate, 3), \"n\", "
    "\"d\", "
    "\"sm_90a\", FIHOST_ROLE_CANDIDATE, FIHOST_CUDA, f, g, h, r};\n";

std::string refusal(const std::string& source) { return take_apart(source + table).refusal; }
bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("includes are taken out, and the rest stays as it was") {
  const Part part = take_apart(
      "// head\n#include <a>\n#  include \"b.h\"  // why\n#pragma once\n"
      "#define N 1\n#if N\nint x;\n#endif\n// #include <no>\n" +
      table);
  CHECK(part.refusal.empty());
  CHECK(part.includes == std::vector<std::string>{"#include <a>", "#  include \"b.h\""});
  CHECK(has(part.body, "// head\n// why\n"));
  CHECK(has(part.body, "#define N 1\n#if N\nint x;\n#endif\n// #include <no>\n"));
  CHECK(!has(part.body, "once"));
  CHECK(part.macros == std::vector<std::string>{"N"});
}

TEST_CASE("a conditional include moves with its condition, or is refused") {
  const std::string block = "#if __CUDACC__ >= 12\n#include <a>\n#else\n#include <b>\n#endif";
  const Part part = take_apart(block + "\nint x;\n" + table);
  CHECK(part.includes == std::vector<std::string>{block});
  CHECK(!has(part.body, "#if"));
  CHECK(has(part.body, "int x;"));
  CHECK(has(refusal("#if A\n#include <a>\nint x;\n#endif\n"), "conditional include"));
  CHECK(has(refusal("#if A\n#include <a>\n#define B\n#endif\n"), "conditional include"));
  CHECK(has(refusal("#define A\n#include <a>\n"), "'#define A' stands before #include <a>"));
  CHECK(has(refusal("namespace a {\n#include <a>\n}\n"), "within braces"));
}

TEST_CASE("the table gets another name, no linkage, and its fields are read") {
  const Part part = take_apart(table);
  CHECK(has(part.body, "constexpr fihost_candidate fihost_part_table = {"));
  CHECK(!has(part.body, "fihost_candidate_v1"));
  CHECK(part.arch == "\"sm_90a\"");
  CHECK(part.device == "FIHOST_CUDA");
  const Part named = take_apart(
      "extern \"C\" FIHOST_EXPORT const fihost_candidate fihost_candidate_v1 = {\n"
      "  .header = FIHOST_HEADER(fihost_candidate, 0), .device_type = FIHOST_CPU, .arch = "
      "nullptr};");
  CHECK(named.refusal.empty());
  CHECK(!has(named.body, "extern"));
  CHECK(!has(named.body, "FIHOST_EXPORT"));
  CHECK(named.arch == "nullptr");
  CHECK(named.device == "FIHOST_CPU");
}

TEST_CASE("what two parts cannot both have in one file is refused with its reason") {
  CHECK(has(refusal("extern \"C\" void helper();\n"), "extern \"C\""));
  CHECK(has(refusal("extern \"C\" {\nint f();\n}\n"), "extern \"C\""));
  CHECK(has(refusal("namespace std { template <> struct hash<int>; }\n"), "namespace std"));
  CHECK(has(refusal("#pragma GCC optimize(\"O1\")\n"), "#pragma GCC optimize"));
  CHECK(has(refusal(table), "its table is not one"));
  CHECK(has(take_apart("int x;").refusal, "its table is not one"));
  CHECK(refusal("using namespace std;\nnamespace sdk = fihost::sdk;\nnamespace { int x; }\n"
                "#pragma unroll\nextern int y;\n") == "");
}
