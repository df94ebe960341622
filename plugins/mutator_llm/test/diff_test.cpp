// mutator.llm_diff: edits apply in full and in one place, or the model hears why not.
#include <doctest/doctest.h>

#include "scripted_model.hpp"

namespace {

using namespace scripted;

const std::string source =
    "#include <fihost/cuda.hpp>\n"
    "constexpr int threads = 128;\n"
    "void f() {\n"
    "  step(1);\n"
    "  step(2);\n"
    "}\n"
    "void g() {\n"
    "  step(2);\n"
    "}\n";

const std::string marked =
    "int head = 1;\n"
    "// EVOLVE-BLOCK-START\n"
    "int body = 2;\n"
    "// EVOLVE-BLOCK-END\n"
    "int tail = 3;\n";

Exchange diff(const std::string& text, const std::vector<std::string>& replies) {
  return propose("mutator.llm_diff", text, replies);
}

/// What a first reply of no use brings, with a good one after it.
std::string diagnosis(const std::string& text, const std::string& reply) {
  const std::string good = text == source
                               ? block("constexpr int threads = 128;\n", "int threads = 64;\n")
                               : block("int body = 2;\n", "int body = 4;\n");
  const Exchange exchange = diff(text, {reply, good});
  CHECK(exchange.child().at("details").at("retried") == true);
  return exchange.question(1);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("an edit replaces the lines that it names and leaves the others") {
  const auto exchange =
      diff(source, {"IDEA: more threads\n\n" +
                    block("constexpr int threads = 128;\n", "constexpr int threads = 256;\n")});
  std::string wanted = source;
  wanted.replace(wanted.find("128"), 3, "256");
  CHECK(exchange.source() == wanted);
  CHECK(exchange.child().at("note") == "more threads");
  CHECK(exchange.child().at("parents") == Json::array({0}));
  CHECK(exchange.requests.size() == 1);
}

TEST_CASE("several edits of one reply all apply to the source as it was given") {
  const auto exchange =
      diff(source, {block("void g() {\n  step(2);\n", "void g() {\n  step(3);\n") + "and\n" +
                    block("  step(1);\n", "")});
  CHECK(exchange.source() ==
        "#include <fihost/cuda.hpp>\nconstexpr int threads = 128;\nvoid f() {\n  step(2);\n}\n"
        "void g() {\n  step(3);\n}\n");
}

TEST_CASE(
    "CRLF, trailing blanks, a fence, other marker lengths and a missing last line end do no harm") {
  const std::string wanted = diff(source, {block("  step(1);\n", "  step(9);\n")}).source();
  CHECK(
      diff(source, {"<<<<<<< SEARCH\r\n  step(1);\r\n=======\r\n  step(9);\r\n>>>>>>> REPLACE\r\n"})
          .source() == wanted);
  CHECK(diff(source,
             {"```diff\n<<<<<<<<< SEARCH  \n  step(1);  \n=====\n  step(9);\n>>>>> REPLACE\n```"})
            .source() == wanted);
  CHECK(
      diff(source, {"<<<<<<< SEARCH\n  step(1);\n=======\n  step(9);\n>>>>>>> REPLACE"}).source() ==
      wanted);
  CHECK(
      diff(source, {"<<<<<<< SEARCH\n```cuda\n  step(1);\n```\n=======\n```cuda\n  step(9);\n```\n"
                    ">>>>>>> REPLACE\n"})
          .source() == wanted);
}

TEST_CASE("an edit whose lines are indented otherwise is applied with the source's indentation") {
  const auto exchange = diff(source, {block("step(1);\nstep(2);\n", "if (x) {\n  step(3);\n}\n")});
  CHECK(has(exchange.source(), "void f() {\n  if (x) {\n    step(3);\n  }\n}\n"));
}

TEST_CASE("a source with CRLF keeps them") {
  const auto exchange =
      diff("int a = 1;\r\nint b = 2;\r\n", {block("int a = 1;\n", "int a = 5;\n")});
  CHECK(exchange.source() == "int a = 5;\r\nint b = 2;\r\n");
}

TEST_CASE("an edit that matches nothing is answered with the place most like it") {
  const std::string said =
      diagnosis(source, block("constexpr int threads = 129;\n", "constexpr int threads = 64;\n"));
  CHECK(has(said, "block 1"));
  CHECK(has(said, "line 2"));
  CHECK(has(said, "2 | constexpr int threads = 128;"));
}

TEST_CASE("an edit that matches twice is answered with both places") {
  CHECK(has(diagnosis(source, block("  step(2);\n", "  step(3);\n")), "2 places: line 5, line 8"));
}

TEST_CASE("one edit that does not fit keeps the others from being applied") {
  const std::string half =
      block("  step(1);\n", "  step(9);\n") + block("nowhere();\n", "somewhere();\n");
  const auto exchange = diff(source, {half, half});
  CHECK(exchange.failure().at("stage") == "edit");
  CHECK(exchange.failure().at("reason") == "block 2: SEARCH matches nothing");
  CHECK(exchange.failure().at("text") == half);
  CHECK(exchange.requests.size() == 2);
}

TEST_CASE("the retry goes on in the same conversation") {
  const std::string bad = block("nowhere();\n", "x\n");
  const auto exchange = diff(source, {bad, block("  step(1);\n", "")});
  const Json& messages = exchange.requests.at(1).at("messages");
  REQUIRE(messages.size() == 4);
  CHECK(messages[0].at("role") == "system");
  CHECK(messages[1] == exchange.requests.at(0).at("messages")[1]);
  CHECK(messages[2] == Json{{"role", "assistant"}, {"content", bad}});
  CHECK(exchange.child().at("conversation").size() == 5);
}

TEST_CASE("a whole file where edits were asked for is taken, a piece of one is not") {
  const std::string file = source + "const fihost_candidate fihost_candidate_v1 = {};\n";
  std::string child = file;
  child.replace(child.find("128"), 3, "256");
  CHECK(diff(file, {fenced(child)}).source() == child);
  const auto piece = diff(file, {fenced("int threads = 256;\n"), "```cuda\n" + child});
  CHECK(piece.failure().at("reason") == "the reply has no SEARCH/REPLACE block");
}

TEST_CASE("an empty SEARCH, no block, no change, overlapping or broken blocks are refused") {
  CHECK(has(diagnosis(source, block("", "int x;\n")), "SEARCH part is empty"));
  CHECK(has(diagnosis(source, block("\n", "int x;\n")), "SEARCH part is empty"));
  CHECK(has(diagnosis(source, "I would use more threads."), "no SEARCH/REPLACE block"));
  CHECK(has(diagnosis(source, block("  step(1);\n", "    step(1);  \n")), "changes nothing"));
  CHECK(has(
      diagnosis(source, block("  step(1);\n  step(2);\n", "a\n") + block("  step(1);\n", "b\n")),
      "change the same lines"));
  CHECK(has(diagnosis(source, "<<<<<<< SEARCH\n  step(1);\n=======\n  step(9);\n"),
            "block 1 has no line '>>>>>>> REPLACE'"));
  CHECK(has(diagnosis(source, "<<<<<<< SEARCH\n  step(1);\n>>>>>>> REPLACE\n"),
            "block 1 has no line '======='"));
  CHECK(has(
      diagnosis(source, "<<<<<<< SEARCH\n  step(1);\n=======\nx\n=======\ny\n>>>>>>> REPLACE\n"),
      "two lines '======='"));
}

TEST_CASE("a reply that was cut off is not applied, even when its blocks are whole") {
  const auto exchange = invoke(
      "mutator.llm_diff", "propose", proposal(source),
      {says(block("  step(1);\n", ""), "truncated"), says(block("  step(1);\n", ""), "truncated")});
  CHECK(has(exchange.failure().at("reason").get<std::string>(), "cut off"));
}

TEST_CASE("only the text between markers may change, and the markers stay") {
  CHECK(diff(marked, {block("int body = 2;\n", "int body = 4;\nint more = 5;\n")}).source() ==
        "int head = 1;\n// EVOLVE-BLOCK-START\nint body = 4;\nint more = 5;\n// EVOLVE-BLOCK-END\n"
        "int tail = 3;\n");
  CHECK(has(diagnosis(marked, block("int tail = 3;\n", "int tail = 4;\n")),
            "line 5, but only lines"));
  CHECK(has(diagnosis(marked, block("int body = 2;\n// EVOLVE-BLOCK-END\n", "int body = 4;\n")),
            "lines 3-4, but only lines"));
  CHECK(has(diagnosis(marked, block("int body = 2;\n", "// EVOLVE-BLOCK-END\nint body = 4;\n")),
            "holds an EVOLVE-BLOCK marker"));
}

TEST_CASE("a line outside the markers does not make an edit inside them ambiguous") {
  const std::string text = "step();\n/* EVOLVE-BLOCK-START */\nstep();\n/* EVOLVE-BLOCK-END */\n";
  CHECK(diff(text, {block("step();\n", "leap();\n")}).source() ==
        "step();\n/* EVOLVE-BLOCK-START */\nleap();\n/* EVOLVE-BLOCK-END */\n");
}

TEST_CASE("a parent whose markers do not pair up is refused before anyone is asked") {
  for (const char* text : {"// EVOLVE-BLOCK-START\nint a;\n", "int a;\n# EVOLVE-BLOCK-END\n",
                           "// EVOLVE-BLOCK-START\n// EVOLVE-BLOCK-START\n// EVOLVE-BLOCK-END\n// "
                           "EVOLVE-BLOCK-END\n"}) {
    const auto exchange = diff(text, {});
    CHECK(has(exchange.failure().at("reason").get<std::string>(), "markers do not pair up: line "));
    CHECK(exchange.requests.empty());
  }
}

TEST_CASE("a megabyte of reply and bytes that are no UTF-8 come to a bounded failure") {
  std::string huge = block(std::string(1 << 20, 'x') + "\n", "y\n");
  const auto exchange = diff(source, {huge, huge});
  CHECK(exchange.failure().at("text").get<std::string>().size() < 20000);
  CHECK(fihost::dump(exchange.requests.at(1)).size() < 200000);

  std::string lines;
  while (lines.size() < (1 << 20)) lines += "some line that stands nowhere\n";
  CHECK(diff(source, {block(lines, "y\n"), lines}).failure().at("stage") == "edit");

  const std::string garbage = block("  step(1);\n", "  \xff\xfe\x80(1);\n");
  CHECK(has(diff(source, {garbage, garbage}).failure().at("reason").get<std::string>(), "no text"));
}

TEST_CASE("a model that fails or says nothing is a failure of stage llm") {
  const auto failed = invoke("mutator.llm_diff", "propose", proposal(source), {Json("HTTP 503")});
  CHECK(failed.failure().at("stage") == "llm");
  CHECK(has(failed.failure().at("reason").get<std::string>(), "HTTP 503"));
  const auto silent =
      invoke("mutator.llm_diff", "propose", proposal(source), {says(" \n", "filtered")});
  CHECK(silent.failure().at("stage") == "llm");
  CHECK(has(silent.failure().at("reason").get<std::string>(), "filtered"));
}

TEST_CASE("a repair goes on where the child was made, and edits the child") {
  const Json child = diff(source, {"IDEA: nine\n" + block("  step(1);\n", "  stp(9);\n")}).child();
  Json request = proposal(source);
  request["child"] = child;
  request["diagnostics"] = "gen_1.cu:4: error: 'stp' is undefined";
  const auto exchange =
      invoke("mutator.llm_diff", "repair", request, {says(block("  stp(9);\n", "  step(9);\n"))});
  CHECK(has(exchange.source(), "  step(9);\n"));
  CHECK(exchange.child().at("note") == "nine");
  CHECK(exchange.requests.at(0).at("purpose") == "repair");
  CHECK(exchange.requests.at(0).at("messages").size() == 4);
  CHECK(has(exchange.question(0), "'stp' is undefined"));
  CHECK(has(exchange.question(0), "  stp(9);"));
}
