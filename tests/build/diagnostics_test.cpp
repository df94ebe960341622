#include "core/build/diagnostics.hpp"

#include <doctest/doctest.h>

#include <string>

using fihost::Diagnostic;
using fihost::parse_diagnostics;

namespace {

/// "file|line|severity|message" of the one diagnostic in `log`.
std::string one(const std::string& log) {
  const auto all = parse_diagnostics(log);
  if (all.size() != 1) return std::to_string(all.size()) + " diagnostics";
  return all[0].file + "|" + std::to_string(all[0].line) + "|" + all[0].severity + "|" +
         all[0].message;
}

}  // namespace

TEST_CASE("diagnostics: gcc and clang") {
  CHECK(one("/a/k.cpp:3:9: error: bad thing [-Wx]\n  3 | int\n    |   ^\n") ==
        "/a/k.cpp|3|error|bad thing [-Wx]");
  CHECK(one("k.cpp: In function 'f':\nk.cpp:12:1: warning: odd: very\n") ==
        "k.cpp|12|warning|odd: very");
  CHECK(one("k.cpp:3:10: fatal error: no.h: No such file\ncompilation terminated.\n") ==
        "k.cpp|3|error|no.h: No such file");
  CHECK(one("k.cpp:3: note: here\r\n") == "k.cpp|3|note|here");
  CHECK(one("with: colon/k.cpp:3:1: error: x") == "with: colon/k.cpp|3|error|x");
  CHECK(one("In file included from a.hpp:3:\n                 from k.cpp:1:\n") == "0 diagnostics");
}

TEST_CASE("diagnostics: nvcc") {
  CHECK(one("/a/k.cu(12): error: identifier \"x\" is undefined\n    x = 3;\n    ^\n\n"
            "1 error detected in the compilation of \"/a/k.cu\".\n") ==
        "/a/k.cu|12|error|identifier \"x\" is undefined");
  CHECK(one("k.cu(7): warning #177-D: variable \"y\" was declared\n"
            "Remark: The warnings can be suppressed\n") ==
        "k.cu|7|warning|variable \"y\" was declared");
  CHECK(one("k.cu(7): error #20: no") == "k.cu|7|error|no");
  CHECK(one("k.cu(7): catastrophic error: no") == "k.cu|7|error|no");
  CHECK(one("k.cu(7): remark: well") == "k.cu|7|note|well");
  CHECK(one("dir (1)/k.cu(7): error: no") == "dir (1)/k.cu|7|error|no");
  CHECK(one("nvcc fatal   : Unsupported gpu architecture 'compute_35'") ==
        "|0|error|nvcc: Unsupported gpu architecture 'compute_35'");
}

TEST_CASE("diagnostics: ptxas and nvlink") {
  CHECK(one("ptxas error   : Entry function 'k' uses too much shared data (1 bytes, 0 max)") ==
        "|0|error|ptxas: Entry function 'k' uses too much shared data (1 bytes, 0 max)");
  CHECK(one("ptxas fatal   : Unresolved extern function 'f'") ==
        "|0|error|ptxas: Unresolved extern function 'f'");
  CHECK(one("ptxas /tmp/x.ptx, line 20; error   : Illegal operand") ==
        "|0|error|ptxas: Illegal operand");
  CHECK(one("nvlink error   : Undefined reference to 'f' in 'object.o'") ==
        "|0|error|nvlink: Undefined reference to 'f' in 'object.o'");
  CHECK(one("ptxas info    : Used 40 registers, used 1 barriers\n"
            "    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n") ==
        "0 diagnostics");
}

TEST_CASE("diagnostics: the linker") {
  const auto all = parse_diagnostics(
      "/usr/bin/ld: /tmp/x/object.o: in function `foo(int)':\n"
      "k.cpp:(.text+0x9): undefined reference to `missing'\n"
      "/usr/bin/ld: k.cpp:(.text+0x12): undefined reference to `other(int)'\n"
      "/usr/bin/ld: /tmp/x/object.o:(.data.rel+0x0): undefined reference to `missing'\n"
      "/usr/bin/ld: /a/k.cpp:14: undefined reference to `third'\n"
      "collect2: error: ld returned 1 exit status\n");
  REQUIRE(all.size() == 4);
  CHECK(all[0].file == "k.cpp");
  CHECK(all[0].message == "undefined reference to `missing'");
  CHECK(all[1].message == "undefined reference to `other(int)'");
  CHECK(all[2].file == "");
  CHECK(all[3].file == "/a/k.cpp");
  CHECK(all[3].line == 14);
  for (const auto& d : all) CHECK(d.severity == "error");
  CHECK(one("/usr/bin/ld: cannot find -lfoo: No such file or directory\n"
            "clang: error: linker command failed with exit code 1 (use -v)\n") ==
        "|0|error|cannot find -lfoo: No such file or directory");
}

TEST_CASE("diagnostics: a tool that speaks for itself is named") {
  CHECK(one("g++: error: unrecognized command-line option '--no'") ==
        "|0|error|g++: unrecognized command-line option '--no'");
  CHECK(one("cc1plus: warning: odd") == "|0|warning|cc1plus: odd");
}

TEST_CASE("diagnostics: lines of any length and content are survived") {
  const std::string brackets(200'000, '(');
  const std::string colons = [] {
    std::string out;
    for (int i = 0; i < 100'000; ++i) out += ": ";
    return out;
  }();
  CHECK(parse_diagnostics(brackets).empty());
  CHECK(parse_diagnostics(colons).empty());
  CHECK(parse_diagnostics("").empty());
  CHECK(parse_diagnostics("\n\n:\n: \n): \n(): error: \n(3): error: x\n/ld: \nld: ").size() <= 2);
  CHECK(one("k.cpp:3:1: error: " + brackets) == "k.cpp|3|error|" + brackets);
  CHECK(one("k.cpp:99999999999999:1: error: x").find("|error|") != std::string::npos);
}
