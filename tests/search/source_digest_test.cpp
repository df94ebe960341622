#include "core/search/source_digest.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/search/random.hpp"

using namespace fihost::search;
using namespace std::string_literals;

namespace {

bool same(std::string_view a, std::string_view b) { return source_digest(a) == source_digest(b); }

}  // namespace

TEST_CASE("source digest: layout and comments do not count") {
  CHECK(same("int f(int a){return a+1;}", "int f( int a )\n{\n  return a + 1;  // more\n}\n"));
  CHECK(same("int a; /* x\n y */ int b;", "int a;\r\nint b;\r\n"));
  CHECK(same("int a; // end \\\n still the comment\nint b;", "int a; int b;"));
  CHECK(same("int lo\\\nng_name;", "int long_name;"));
  CHECK(same("a \\\r\n b", "a b"));
  CHECK(same("int x = 1'000'000;", "int x = 1000000;"));
  CHECK(same("int x = 0xFF'FFu;", "int x = 0xFFFFu;"));
  CHECK(same("std::vector<std::vector<int>> v;", "std::vector< std::vector< int > > v;"));
  CHECK(same("kernel<<<grid, block>>>(x);", "kernel<<<grid,\n  block>>>( x );"));
  CHECK(same("", "  // nothing\n /* at all */ "));
}

TEST_CASE("source digest: what the compiler sees differently is different") {
  CHECK_FALSE(same("int ab;", "int a b;"));
  CHECK_FALSE(same("a++b", "a + + b"));
  CHECK_FALSE(same("a+ ++b", "a++ + b"));
  CHECK_FALSE(same("a - -b", "a--b"));
  CHECK_FALSE(same("x = 1;", "x = 2;"));
  CHECK_FALSE(same("f(1, 2)", "f(12)"));
  CHECK_FALSE(same("1.0f", "1.0 f"));
  CHECK_FALSE(same("1e-5", "1e - 5"));
  CHECK_FALSE(same("a /b/ c", "a //b/ c"));
  CHECK_FALSE(same("#pragma unroll\nfor", "#pragma unroll for"));
  CHECK_FALSE(same("#define f(x) x", "#define f (x) x"));
  CHECK_FALSE(same("#define A\nB", "#define A B"));
}

TEST_CASE("source digest: literals are kept byte by byte") {
  CHECK_FALSE(same("\"a b\"", "\"a  b\""));
  CHECK_FALSE(same("\"// no comment\"", "\"// no komment\""));
  CHECK_FALSE(same("\"/* \" x \" */\"", "\"/* \" y \" */\""));
  CHECK_FALSE(same("' '", "'  '"));
  CHECK_FALSE(same(R"("\"" a // b)", R"("\"" c // b)"));
  CHECK_FALSE(same(R"('"' a '"')", R"('"' b '"')"));
  CHECK(same("\"long \\\ntext\"", "\"long text\""));  // joined by the compiler, too
  CHECK_FALSE(same("\"x\" _s", "\"x\"_s"));
  CHECK(same("u8\"x\"   L'c'", "u8\"x\" L'c'"));
  CHECK_FALSE(same("u8\"x y\"", "u8\"x  y\""));
}

TEST_CASE("source digest: raw strings end where they end, and keep their lines") {
  CHECK_FALSE(same("R\"(a // b)\" c", "R\"(a // d)\" c"));
  CHECK_FALSE(same("R\"(a\nb)\"", "R\"(a b)\""));
  CHECK_FALSE(same("R\"(a\\\nb)\"", "R\"(ab)\""));  // no continuation inside
  CHECK_FALSE(same("R\"x( )\" )x\" a", "R\"x( )\" )x\" b"));
  CHECK(same("R\"x( )\" )x\" a // c", "R\"x( )\" )x\"   a"));
  CHECK(same("auto s = u8R\"(\"/*)\"; /* c */ int x;", "auto s=u8R\"(\"/*)\";int x;"));
  CHECK_FALSE(same("R\"(no end", "R\"(no  end"));
}

TEST_CASE("source digest: preprocessor lines") {
  CHECK(same("#define A 1\nint x;", "  #  define   A 1 // one\n\n\nint x;"));
  CHECK(same("#define A(x) \\\n  f(x)\n", "#define A(x) f( x )\n"));
  CHECK(same("int x;\n#if 1\n", "int x; /* c */\n /* d */ #if 1\n"));
  CHECK_FALSE(same("#include <a//b.h>\nint x;", "#include <a\nint x;"));
  CHECK_FALSE(same("#include <a b.h>", "#include <ab.h>"));
  CHECK(same("#include   <a.h>", "#include<a.h>"));
  // Text that is no token: the line ends it.
  CHECK_FALSE(same("#error don't\nint a;", "#error don't\nint b;"));
  CHECK(same("#error don't\nint a; // c", "#error don't\nint a;"));
}

TEST_CASE("source digest: normal form is its own normal form") {
  const std::string source =
      "#include <x.h>\n#define F(a) a##b \\\n  + 1'0\n"
      "template <class T> __global__ void k(const T* p) { // c\n"
      "  asm volatile(\"mov.u32 %0, %1;\" : \"=r\"(x) : \"r\"(y));\n"
      "  p->a[i]++ <<= 'x' ? 1.5e-3f : .5; }\n"
      "const char* s = R\"ab(// \\\n \" )ab\" u8\"\\\"\"; k<<<1, 2>>>(a <=> b);\n";
  const auto once = normalised_source(source);
  CHECK(normalised_source(once) == once);
  CHECK(once.find("// c") == std::string::npos);
}

TEST_CASE("source digest: noise between tokens is never seen, noise in a token always") {
  const std::vector<std::string> tokens = {
      "int", "a1", "+",  "++", "->",   "\"s // t\"", "'\"'", "1.5e3", "0x1", "<<=", "R\"(/*)\"",
      "(",   ")",  "::", ">",  "name", "u8\"x\"",    "/",    "%",     "...", "&&"};
  const std::vector<std::string> noise = {" ",     "\n",     "\t",   "/* c \" ' */", "// d ' \"\n",
                                          "\\\n ", " /**/ ", "\r\n", " \\\r\n"};
  Random random(11);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::string> program;
    const auto length = 1 + draw_below(random, 30);
    for (std::size_t i = 0; i < length; ++i) {
      program.push_back(tokens[draw_below(random, tokens.size())]);
    }
    const auto render = [&](const std::vector<std::string>& words) {
      std::string text;
      for (const auto& word : words) {
        text += " " + noise[draw_below(random, noise.size())] + " " + word;
      }
      return text;
    };
    const auto first = render(program), second = render(program);
    CAPTURE(first);
    CAPTURE(second);
    REQUIRE(same(first, second));
    auto other = program;
    auto& changed = other[draw_below(random, other.size())];
    changed = changed == "name" ? "int" : "name";
    REQUIRE_FALSE(same(first, render(other)));
  }
}

TEST_CASE("source digest: any bytes have a normal form, in linear time") {
  Random random(12);
  const std::string alphabet =
      "\"'\\\n\r/*#R()u8 ax1.eL<>=+-\0\xff$"
      "define include"s;
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    for (auto length = draw_below(random, 80); length > 0; --length) {
      text += alphabet[draw_below(random, alphabet.size())];
    }
    (void)source_digest(text);
  }
  for (const char* unit :
       {"a+b; ", "\\\n", "\"", "R\"(", "/*", "'x", "R\"x", "#define a(\n", "1'"}) {
    std::string big;
    while (big.size() < (1u << 20)) big += unit;
    (void)source_digest(big);  // would take hours if every unit looked at all of the rest
  }
}
