// Templates, sections and notes.
#include <doctest/doctest.h>

#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/temp_dir.hpp"
#include "core/plugin/config_schema.hpp"
#include "scripted_model.hpp"

namespace {

using namespace scripted;
namespace fs = std::filesystem;

const std::string source = "int a{n};\n";
const std::string answer = block("int a{n};\n", "int a{m};\n");

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Exchange with_template(const std::string& text, const Json& sections = Json::object()) {
  const fihost::TempDir folder;
  fihost::write_text(folder.path() / "diff.md", text);
  Json request = proposal(source);
  request["prompt"] = {{"template_dir", folder.path().string()}};
  request["sections"] = sections;
  return invoke("mutator.llm_diff", "propose", request, {says(answer)});
}

std::string note_of(const std::string& beginning) {
  return propose("mutator.llm_diff", source, {beginning + answer})
      .child()
      .at("note")
      .get<std::string>();
}

}  // namespace

TEST_CASE("the built-in prompts hold the source, the sections and the format, and no placeholder") {
  Json request = proposal(source);
  request["sections"] = {{"task", "TASK TEXT"}, {"failures", "FAILURE TEXT"}};
  request["parents"].push_back(request["parents"][0]);
  for (const auto& [id, format] : {std::pair{"mutator.llm_diff", "<<<<<<< SEARCH\n"},
                                   {"mutator.llm_rewrite", "```cuda"},
                                   {"mutator.llm_crossover", "```cuda"}}) {
    CAPTURE(id);
    const auto exchange = invoke(id, "propose", request, {Json("off")});
    const std::string system =
        exchange.requests.at(0).at("messages")[0].at("content").get<std::string>();
    CHECK(has(system, "fihost_candidate_v1"));
    CHECK(has(system, "FIHOST_TRY_CUDA"));
    const std::string question = exchange.question(0);
    CHECK(has(question, "TASK TEXT"));
    CHECK(has(question, "FAILURE TEXT"));
    CHECK(has(question, "```cuda\nint a{n};\n```"));
    CHECK(has(question, format));
    CHECK(!has(question, "\n\n\n"));
    for (const char* name : {"{task}", "{editable}", "{brief}", "{answer_format}", "{profile}"}) {
      CHECK(!has(question + system, name));
    }
  }
}

TEST_CASE("echoing the example of an edit edits nothing") {
  const std::string question = propose("mutator.llm_diff", source, {answer}).question(0);
  const auto exchange = propose("mutator.llm_diff", source, {question, question});
  CHECK(exchange.reply.at("children").empty());
}

TEST_CASE("a user's template replaces the built-in one, and the others stay") {
  const auto exchange = with_template("{definition_name}: {source}{task}", {{"task", "T"}});
  CHECK(exchange.question(0) == "rmsnorm_h7168: int a{n};\nT\n");
  CHECK(exchange.requests.at(0).at("messages")[0].at("content").get<std::string>().size() > 1000);
}

TEST_CASE("inserted text is never expanded again, and braces of code stay") {
  const auto exchange = with_template("{task} if (x) { y{1}; } {{source}} {A} {x\n",
                                      {{"task", "{source} {nonsense}"}});
  CHECK(exchange.question(0) == "{source} {nonsense} if (x) { y{1}; } {source} {A} {x\n");
}

TEST_CASE("a section that is empty takes its line with it") {
  CHECK(with_template("a\n\n{profile}\n\nb\n").question(0) == "a\n\nb\n");
}

TEST_CASE("an unknown placeholder is an error with file, line and the known ones") {
  CHECK_THROWS_WITH(with_template("x\n{tusk}\n"),
                    doctest::Contains("diff.md:2: unknown placeholder {tusk}; there are {"));
}

TEST_CASE("a template folder that is not there is an error") {
  Json request = proposal(source);
  request["prompt"] = {{"template_dir", "/nowhere/at/all"}};
  CHECK_THROWS_WITH(invoke("mutator.llm_diff", "propose", request, {}),
                    doctest::Contains("/nowhere/at/all: is no folder"));
}

TEST_CASE("a system message of the user is taken as it is") {
  Json request = proposal(source);
  request["prompt"] = {{"system_message", "Be {brief}."}};
  const auto exchange = invoke("mutator.llm_diff", "propose", request, {says(answer)});
  CHECK(exchange.requests.at(0).at("messages")[0].at("content") == "Be {brief}.");
}

TEST_CASE("the prompts that are installed are the built-in ones") {
  const auto exchange = propose("mutator.llm_rewrite", source, {answer, answer});
  for (const char* name : {"answer_diff", "answer_whole", "briefs", "cpp", "crossover", "cuda",
                           "diff", "repair", "retry", "rewrite", "system"}) {
    CHECK(fs::exists(fs::path(FIHOST_PROMPTS) / (std::string(name) + ".md")));
  }
  Json request = proposal(source);
  request["prompt"] = {{"template_dir", FIHOST_PROMPTS}};
  CHECK(invoke("mutator.llm_rewrite", "propose", request, {says(answer), says(answer)}).requests ==
        exchange.requests);
}

TEST_CASE("a C++ parent is asked for in C++") {
  Json request = proposal(source);
  request["parents"][0]["language"] = "cpp";
  const auto exchange = invoke("mutator.llm_diff", "propose", request, {says(answer)});
  CHECK(has(exchange.question(0), "```cpp\n"));
  CHECK(!has(fihost::dump(exchange.requests), "FIHOST_TRY_CUDA"));
}

TEST_CASE("the note is the line IDEA, else the first line of prose, at most 200 bytes") {
  CHECK(note_of("Sure!\n**IDEA:** wider   loads\n") == "wider loads");
  CHECK(note_of("\n## Wider loads\nbecause\n") == "Wider loads");
  CHECK(note_of("") == "");
  std::string long_idea = "IDEA: ";
  for (int i = 0; i < 300; ++i) long_idea += "\xc3\xa9";
  const std::string note = note_of(long_idea + "\n");
  CHECK(note.size() == 200);
  CHECK(!has(note, "\xef\xbf\xbd"));
}

TEST_CASE("limits of the configuration reach the model") {
  const auto exchange = invoke("mutator.llm_diff", "propose", proposal(source), {says(answer)},
                               {{"output_tokens", 99}});
  CHECK(exchange.requests.at(0).at("limits") == Json{{"output_tokens", 99}});
}

TEST_CASE("requests and replies are as their schemas have them") {
  const auto schema = [](const std::string& name) {
    const fs::path file = fs::path(FIHOST_SCHEMAS) / (name + ".json");
    return fihost::ConfigSchema(fihost::read_text(file), name);
  };
  const Json request = proposal(source);
  const auto good = propose("mutator.llm_diff", source, {answer});
  const auto bad = propose("mutator.llm_diff", source, {"no", "no"});
  for (const Json& reply : {good.reply, bad.reply}) {
    CHECK_NOTHROW(schema("mutator.propose").check({{"request", request}, {"reply", reply}}));
  }
  CHECK_NOTHROW(
      schema("llm.complete").check({{"request", good.requests.at(0)}, {"reply", says("")}}));
}
