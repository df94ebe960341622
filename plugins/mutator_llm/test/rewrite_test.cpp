// mutator.llm_rewrite and mutator.llm_crossover: the whole file out of a reply of any shape.
#include <doctest/doctest.h>

#include <set>

#include "scripted_model.hpp"

namespace {

using namespace scripted;

const std::string source =
    "#include <fihost/cuda.hpp>\n"
    "__global__ void kernel() { old(); }\n"
    "const fihost_candidate fihost_candidate_v1 = {};\n";

const std::string child =
    "#include <fihost/cuda.hpp>\n"
    "__global__ void kernel() { fresh(); }\n"
    "const fihost_candidate fihost_candidate_v1 = {};\n";

const std::string marked =
    "#include <fihost/cuda.hpp>\n"
    "// EVOLVE-BLOCK-START\n"
    "int a = 1;\n"
    "// EVOLVE-BLOCK-END\n"
    "int between = 0;\n"
    "# EVOLVE-BLOCK-START\n"
    "int b = 1;\n"
    "# EVOLVE-BLOCK-END\n"
    "const fihost_candidate fihost_candidate_v1 = {};\n";

Exchange rewrite(const std::string& text, const std::vector<std::string>& replies) {
  return propose("mutator.llm_rewrite", text, replies);
}

std::string diagnosis(const std::string& text, const std::string& reply, const std::string& good) {
  const auto exchange = rewrite(text, {reply, fenced(good)});
  CHECK(exchange.child().at("details").at("retried") == true);
  return exchange.question(1);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a fence of any C-like language, or of none, holds the child") {
  for (const char* language :
       {"cuda", "cu", "cpp", "c++", "cxx", "c", "C++", "", "cuda title=\"x\""}) {
    CAPTURE(language);
    CHECK(rewrite(source, {"IDEA: new\n" + fenced(child, language) + "done"}).source() == child);
  }
  std::string dos = "~~~~cuda\n" + child + "~~~~\n";
  for (std::size_t at = 0; (at = dos.find('\n', at)) != std::string::npos; at += 2) {
    dos.replace(at, 1, "\r\n");
  }
  CHECK(rewrite(source, {dos}).source() == child);
}

TEST_CASE("a fence without an end and a reply that is code are taken") {
  CHECK(rewrite(source, {"Here:\n```cuda\n" + child}).source() == child);
  CHECK(rewrite(source, {child}).source() == child);
  CHECK(rewrite(source, {"IDEA: new\n" + child}).source() == child);
  CHECK(rewrite(source, {"<think>\n" + fenced(source) + "\n</think>\n" + fenced(child)}).source() ==
        child);
}

TEST_CASE("a fence without an end in a reply that was cut off is refused") {
  const auto exchange =
      invoke("mutator.llm_rewrite", "propose", proposal(source),
             {says("```cuda\n" + child, "truncated"), says(fenced(child), "truncated")});
  CHECK(has(exchange.question(1), "cut off"));
  CHECK(exchange.source() == child);
}

TEST_CASE("of ten code blocks the one that is a whole file is taken") {
  std::string reply;
  for (int i = 0; i < 4; ++i) reply += fenced("int part_" + std::to_string(i) + ";\n");
  reply += fenced("print('fihost_candidate_v1')\n" + std::string(500, '#') + "\n", "python");
  reply += fenced(child);
  for (int i = 0; i < 3; ++i) reply += fenced("nvcc -O3 kernel.cu\n", "sh");
  reply += fenced("fihost_candidate_v1;\n");
  CHECK(rewrite(source, {reply}).source() == child);
}

TEST_CASE("edits where a file was asked for are applied, in a fence too") {
  const std::string edit =
      block("__global__ void kernel() { old(); }\n", "__global__ void kernel() { fresh(); }\n");
  CHECK(rewrite(source, {edit}).source() == child);
  CHECK(rewrite(source, {fenced(edit + "// fihost_candidate_v1\n")}).source() == child);
}

TEST_CASE("no code, a piece of the file or the file unchanged are refused with the reason") {
  CHECK(has(diagnosis(source, "I would fuse the loops.", child), "no code block"));
  CHECK(has(diagnosis(source, fenced("__global__ void kernel() {}\n"), child), "no code block of"));
  CHECK(has(diagnosis(source, fenced(source), child), "changes nothing"));
  CHECK(
      has(diagnosis(source, fenced(child + "// EVOLVE-BLOCK-START\n// EVOLVE-BLOCK-END\n"), child),
          "does not have"));
  const auto exchange = rewrite(source, {"no", "no"});
  CHECK(exchange.failure().at("stage") == "edit");
  CHECK(exchange.requests.size() == 2);
}

TEST_CASE("of a file with markers only the text between them is taken") {
  std::string reply = replaced(marked, "int a = 1;", "int a = 2;");
  reply = replaced(reply, "int between = 0;", "int between = 7;");
  CHECK(rewrite(marked, {fenced(reply)}).source() == replaced(marked, "int a = 1;", "int a = 2;"));
}

TEST_CASE("a file that lost its markers is taken only if the rest is the same but for blanks") {
  const std::string bare =
      "#include <fihost/cuda.hpp>\nint a = 2;\nint c;\n\nint  between = 0;\nint b = 3;\n"
      "const fihost_candidate fihost_candidate_v1 = {};\n";
  const std::string wanted =
      replaced(replaced(marked, "int a = 1;", "int a = 2;\nint c;"), "int b = 1;", "int b = 3;");
  CHECK(rewrite(marked, {fenced(bare)}).source() == replaced(wanted, "int c;\n", "int c;\n\n"));

  const std::string changed = replaced(bare, "between = 0", "between = 7");
  const std::string other_end = replaced(bare, "fihost_candidate_v1 = {}", "fihost_candidate_v1{}");
  const std::string other_head = replaced(bare, "cuda.hpp", "candidate.hpp");
  for (const std::string& reply :
       {changed, other_end, other_head, "int x;\n" + bare, bare + "int x;\n"}) {
    CHECK(has(diagnosis(marked, fenced(reply), wanted), "has no EVOLVE-BLOCK markers"));
  }
}

TEST_CASE("another number of markers, or markers that do not pair up, are refused") {
  const std::string good = replaced(marked, "int b = 1;", "int b = 2;");
  const std::string one = "// EVOLVE-BLOCK-START\n// EVOLVE-BLOCK-END\nfihost_candidate_v1;\n";
  CHECK(has(diagnosis(marked, fenced(one), good), "has 1 EVOLVE blocks, the source has 2"));
  CHECK(has(diagnosis(marked, fenced(replaced(good, "# EVOLVE-BLOCK-END\n", "")), good),
            "do not pair up"));
}

TEST_CASE("the seed draws the brief: all are drawn, and the same one for the same seed") {
  std::set<std::string> drawn;
  for (int seed = 0; seed < 60; ++seed) {
    Json request = proposal(source);
    request["seed"] = seed;
    const auto exchange = invoke("mutator.llm_rewrite", "propose", request, {says(fenced(child))});
    const auto again = invoke("mutator.llm_rewrite", "propose", request, {says(fenced(child))});
    CHECK(exchange.requests == again.requests);
    drawn.insert(exchange.child().at("details").at("brief").get<std::string>());
  }
  CHECK(drawn ==
        std::set<std::string>{"algorithm", "fuse", "launch", "layout", "simplify", "tile"});
}

TEST_CASE("a brief can be chosen, and one that there is not is named") {
  const Json config = {{"brief", "fuse"}};
  const auto exchange =
      invoke("mutator.llm_rewrite", "propose", proposal(source), {says(fenced(child))}, config);
  CHECK(exchange.child().at("details").at("brief") == "fuse");
  CHECK(has(exchange.question(0), "Reduce passes over memory"));
  CHECK_THROWS_WITH(
      invoke("mutator.llm_rewrite", "propose", proposal(source), {}, {{"brief", "magic"}}),
      doctest::Contains("has no brief 'magic'; it has algorithm, fuse"));
}

TEST_CASE("as many children as were wanted are asked for, each with a seed of its own") {
  Json request = proposal(source);
  request["count"] = 3;
  const auto exchange = invoke("mutator.llm_rewrite", "propose", request,
                               {says(fenced(child)), Json("HTTP 500"), says(fenced(child))});
  CHECK(exchange.reply.at("children").size() == 2);
  CHECK(exchange.reply.at("failures").size() == 1);
  CHECK(exchange.requests[0].at("seed") != exchange.requests[1].at("seed"));
}

TEST_CASE("a repair answers with the whole file") {
  Json request = proposal(source);
  request["child"] = {{"source", child}};
  request["diagnostics"] = "error";
  const std::string repaired = replaced(child, "fresh", "mended");
  const auto exchange = invoke("mutator.llm_rewrite", "repair", request, {says(fenced(repaired))});
  CHECK(exchange.source() == repaired);
  CHECK(exchange.requests.at(0).at("messages")[0].at("role") == "system");
}

TEST_CASE("a crossover shows both parents and where each is faster, and descends from both") {
  Json request = proposal(source);
  const auto workloads = [](double first, double second) {
    return Json::array(
        {{{"uuid", "a"}, {"axes", {{"T", 1}}}, {"status", "PASSED"}, {"latency_ms", first}},
         {{"uuid", "b"}, {"axes", {{"T", 64}}}, {"status", "PASSED"}, {"latency_ms", second}},
         {{"uuid", "c"}, {"axes", {{"T", 65}}}, {"status", "TIMEOUT"}, {"latency_ms", nullptr}}});
  };
  request["parents"][0].update(Json{{"name", "gen_3"}, {"workloads", workloads(0.5, 8)}});
  request["parents"].push_back({{"name", "gen_8"},
                                {"source", replaced(source, "old", "other")},
                                {"workloads", workloads(1, 2)}});
  const auto exchange = invoke("mutator.llm_crossover", "propose", request, {says(fenced(child))});
  CHECK(exchange.source() == child);
  CHECK(exchange.child().at("parents") == Json::array({0, 1}));
  const std::string question = exchange.question(0);
  CHECK(has(question, "gen_8"));
  CHECK(has(question, "other();"));
  CHECK(has(question,
            "- T=64: 8 ms against 2 ms, the second is 4.00x faster\n"
            "- T=1: 0.5 ms against 1 ms, the first is 2.00x faster"));
}

TEST_CASE("a crossover without a partner is a failure, without a question") {
  const auto exchange = propose("mutator.llm_crossover", source, {});
  CHECK(has(exchange.failure().at("reason").get<std::string>(), "no second parent"));
  CHECK(exchange.requests.empty());
}
