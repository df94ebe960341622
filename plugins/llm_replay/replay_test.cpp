#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>

#include "core/base/error.hpp"
#include "core/base/temp_dir.hpp"
#include "core/plugin/registry.hpp"

namespace {

using fihost::Json;

Json request(const std::string& text, const char* purpose = "propose") {
  return {{"messages", Json::array({{{"role", "user"}, {"content", text}}})}, {"purpose", purpose}};
}

std::string line(const Json& question, const std::string& text) {
  const Json entry = {{"type", "exchange"}, {"attempt", 1},        {"slot", "llm"},
                      {"op", "complete"},   {"request", question}, {"reply", {{"text", text}}}};
  return fihost::dump(entry) + "\n";
}

/// A recording in a folder of its own.
struct Recorded {
  fihost::TempDir folder;
  std::filesystem::path file = folder.path() / "run.jsonl";
  fihost::Registry registry{{FIHOST_PLUGIN_FOLDER}};

  explicit Recorded(const std::string& text) { fihost::write_text(file, text); }

  std::unique_ptr<fihost::Component> replay(const char* match = "request") const {
    return registry.create("llm/1", "llm.replay", {{"run", file.string()}, {"match", match}});
  }
};

std::string text_of(fihost::Component& llm, const Json& question) {
  return llm.invoke("complete", question)["text"].get<std::string>();
}

std::string error_of(fihost::Component& llm, const Json& question) {
  try {
    static_cast<void>(llm.invoke("complete", question));
  } catch (const fihost::Error& e) {
    return e.what();
  }
  return "";
}

bool has(const std::string& text, const std::string& what) {
  CAPTURE(text);
  return text.find(what) != std::string::npos;
}

}  // namespace

TEST_CASE("a request gets the answer that it got, in whatever order it comes") {
  const Recorded run("{\"type\": \"run\"}\n\n" + line(request("a"), "A") + line(request("b"), "B"));
  const auto llm = run.replay();
  Json other_order = request("b");
  other_order["messages"] = Json::parse(R"([{"content": "b", "role": "user"}])");
  CHECK(text_of(*llm, other_order) == "B");
  CHECK(text_of(*llm, request("a")) == "A");
}

TEST_CASE("a request that was made twice gets its answers in turn, and no third") {
  const Recorded run(line(request("a"), "1") + line(request("a"), "2"));
  const auto llm = run.replay();
  CHECK(text_of(*llm, request("a")) == "1");
  CHECK(text_of(*llm, request("a")) == "2");
  CHECK(has(error_of(*llm, request("a")), "recorded 2 times, and is asked once more"));
}

TEST_CASE("a request that was never made is an error that names it") {
  const Recorded run(line(request("a"), "A"));
  const auto llm = run.replay();
  const std::string error = error_of(*llm, request("z"));
  CHECK(has(error, "(UNSUPPORTED)"));
  CHECK(has(error, run.file.string()));
  CHECK(has(error, "never recorded: for 'propose', 1 messages, the last: \"z\""));
  CHECK(text_of(*llm, request("a")) == "A");
}

TEST_CASE("a sequence goes by purpose, and a script needs no requests") {
  const Recorded run(line(request("a", "propose"), "P") + line(request("b", "repair"), "R") +
                     "{\"type\": \"exchange\", \"reply\": {\"text\": \"S\"}}\n");
  const auto llm = run.replay("sequence");
  CHECK(text_of(*llm, request("x", "repair")) == "R");
  CHECK(text_of(*llm, request("x", "repair")) == "S");
  CHECK(has(error_of(*llm, request("x", "repair")), "no exchange of 3 is left"));
  CHECK(text_of(*llm, request("x", "propose")) == "P");
  CHECK_THROWS_WITH_AS(static_cast<void>(run.replay()),
                       doctest::Contains("line 3 has no request to compare"), fihost::Error);
}

TEST_CASE("the script of the README plays") {
  const Recorded run(fihost::read_text(FIHOST_EXAMPLE));
  const auto llm = run.replay("sequence");
  CHECK(text_of(*llm, request("x", "repair")) == "the first answer");
  CHECK(text_of(*llm, request("x", "repair")) == "the first repair");
  CHECK(has(error_of(*llm, request("x")), "(INTERNAL): what a broken server says"));
}

TEST_CASE("a failure fails again, with its status") {
  const Recorded run(
      R"({"type": "exchange", "reply": null, "error": "llm.openai: complete failed (UNSUPPORTED): no"})"
      "\n"
      R"({"type": "exchange", "error": "in words"})"
      "\n");
  const auto llm = run.replay("sequence");
  CHECK(error_of(*llm, request("x")) == "llm.replay: complete failed (UNSUPPORTED): no");
  CHECK(error_of(*llm, request("x")) == "llm.replay: complete failed (INTERNAL): in words");
}

TEST_CASE("what cannot be read is told with file and place") {
  const auto error_of_text = [](const std::string& text) {
    const Recorded run(text);
    try {
      static_cast<void>(run.replay());
    } catch (const fihost::Error& e) {
      CHECK(has(e.what(), run.file.string()));
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(has(error_of_text(line(request("a"), "A") + "{\"type\": \"exch"), "line 2: "));
  CHECK(
      has(error_of_text("{\"type\": \"exchange\"}\n"), "neither a reply with a text nor an error"));
  CHECK(has(error_of_text(std::string("SQLite format 3\0 garbage", 24)), "no run of fihost"));
  const Recorded gone("");
  std::filesystem::remove(gone.file);
  CHECK_THROWS_WITH_AS(static_cast<void>(gone.replay()), doctest::Contains("cannot be read"),
                       fihost::Error);
}

TEST_CASE("a run's own file is read, named by itself or by its folder") {
  const fihost::TempDir folder;
  const auto file = folder.path() / "run.sqlite";
  {
    SQLite::Database database(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec("CREATE TABLE exchange_log(id, attempt, slot, op, request, reply, error)");
    SQLite::Statement insert(database, "INSERT INTO exchange_log VALUES(?, 1, ?, ?, ?, ?, ?)");
    const auto add = [&](int id, const char* slot, const std::string& question, const char* reply,
                         const char* error) {
      insert.reset();
      insert.clearBindings();
      insert.bind(1, id);
      insert.bind(2, slot);
      insert.bind(3, "complete");
      insert.bind(4, question);
      if (reply != nullptr) insert.bind(5, reply);
      insert.bind(6, error);
      insert.exec();
    };
    add(5, "llm", fihost::dump(request("a")), R"({"text": "A, later"})", "");
    add(1, "measure", "{}", "{}", "");
    add(2, "llm", fihost::dump(request("a")), R"({"text": "A", "tries": 2})", "");
    add(3, "llm", fihost::dump(request("b")), nullptr, "gone");
    add(4, "llm", fihost::dump(request("c")), "null", "gone, too");
  }
  const fihost::Registry registry({FIHOST_PLUGIN_FOLDER});
  for (const auto& run : {file, folder.path()}) {
    const auto llm = registry.create("llm/1", "llm.replay", {{"run", run.string()}});
    CHECK(llm->invoke("complete", request("a"))["tries"] == 2);
    CHECK(text_of(*llm, request("a")) == "A, later");  // by id, not by place
    CHECK(has(error_of(*llm, request("b")), "gone"));
    CHECK(has(error_of(*llm, request("c")), "gone, too"));
  }
}
