#include "core/model/python_source.hpp"

#include <doctest/doctest.h>

using fihost::expression_fault;
using fihost::reference_fault;

TEST_CASE("python: a plain top-level run is a reference") {
  CHECK(reference_fault("def run(x):\n  return x\n").empty());
  CHECK(
      reference_fault("import torch\n\n@torch.no_grad()\ndef\trun (x,\n  y):\n  return x").empty());
  CHECK(reference_fault("'''doc\n(['''\ndef run(): # ) \n  return \"[\\\"\"").empty());
}

TEST_CASE("python: what only looks like one is none") {
  for (const char* source : {"run = lambda x: x", "async def run(x): pass", "def runs(x): pass",
                             "if True:\n  def run(x): pass", "'''\ndef run(x): pass\n'''",
                             "x = 1 + \\\ndef run(x)", "# def run(x): pass"}) {
    CAPTURE(source);
    CHECK(reference_fault(source).find("def run(") != std::string::npos);
  }
}

TEST_CASE("python: open strings and brackets are told with their line") {
  CHECK(reference_fault("def run(x:\n  return x") == "is no Python: '(' is never closed");
  CHECK(reference_fault("def run(x):\n  return x]").find("']' in its line 2") != std::string::npos);
  CHECK(reference_fault("def run(x):\n  y = 'a\n").find("string in its line 2") !=
        std::string::npos);
}

TEST_CASE("python: constraints are expressions") {
  for (const char* good : {"rows >= 1", "a == b", "len(x) == 2 and not y", "n % 2 != 0", "f(a=1)",
                           "(\n a\n)", "iffy"}) {
    CAPTURE(good);
    CHECK(expression_fault(good).empty());
  }
  for (const char* bad : {" ", "a = b", "assert a", "a\nb", "f(", "if a"}) {
    CAPTURE(bad);
    CHECK_FALSE(expression_fault(bad).empty());
  }
}
