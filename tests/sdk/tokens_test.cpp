#include <doctest/doctest.h>

#include <fihost/tokens.hpp>
#include <string>
#include <vector>

namespace {

using fihost::sdk::Token;
using fihost::sdk::TokenKind;

std::vector<std::string> texts(std::string_view source) {
  std::vector<std::string> found;
  for (const Token& token : fihost::sdk::tokens(source)) found.emplace_back(token.text);
  return found;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("comments, strings and directives hide what looks like code") {
  CHECK(texts("a /* b\n b */ c // d \\\n d\ne") == Texts{"a", "c", "e"});
  CHECK(texts(R"(f("/* no \" comment */", '"', '\''))") ==
        Texts{"f", "(", R"("/* no \" comment */")", ",", "'\"'", ",", "'\\''", ")"});
  CHECK(texts("R\"x(\" )\" // )x\" a") == Texts{"R\"x(\" )\" // )x\"", "a"});
  const std::string source = " #define f(x) \\\n  g(x) /* \n */ h // i\na # b";
  const std::vector<Token> all = fihost::sdk::tokens(source);
  REQUIRE(all.size() == 4);
  CHECK(all[0].kind == TokenKind::directive);
  CHECK(all[0].text == "#define f(x) \\\n  g(x) /* \n */ h ");
  CHECK(all[2].kind == TokenKind::symbol);
}

TEST_CASE("numbers and operators are read in one piece") {
  CHECK(texts("1'000+0x1e+2e-3f<=a<<b&&!c::d") ==
        Texts{"1'000", "+", "0x1e", "+", "2e-3f", "<=", "a", "<<", "b", "&&", "!", "c", "::", "d"});
}

TEST_CASE("offsets are places in the source, and brackets find their partner") {
  const std::string source = "f( {a, [b]} ) (c";
  const std::vector<Token> all = fihost::sdk::tokens(source);
  for (const Token& token : all)
    CHECK(source.substr(token.offset, token.text.size()) == token.text);
  CHECK(all[fihost::sdk::closing(all, 1)].offset == source.find(')'));
  CHECK(fihost::sdk::closing(all, all.size() - 2) == all.size());
}

TEST_CASE("a source that ends too early ends its last token") {
  for (const char* source :
       {"/* a", "\"a", "R\"(a", "R\"a", "#define \\", "'\\", "// \\", "1e", "\\"}) {
    CAPTURE(source);
    for (const Token& token : fihost::sdk::tokens(source))
      CHECK(token.end() <= std::string_view(source).size());
  }
}
