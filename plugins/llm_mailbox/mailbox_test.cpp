#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <future>
#include <thread>

#include "core/base/error.hpp"
#include "core/base/temp_dir.hpp"
#include "core/plugin/registry.hpp"

namespace {

namespace fs = std::filesystem;
using fihost::Json;
using namespace std::chrono_literals;

Json request(const std::string& text) {
  return {{"messages", Json::array({{{"role", "system"}, {"content", "you write kernels"}},
                                    {{"role", "user"}, {"content", text}}})},
          {"purpose", "propose"},
          {"limits", {{"output_tokens", 9}}}};
}

/// A mailbox and one who asks through it.
struct Post {
  fihost::TempDir temp;
  fs::path folder = temp.path() / "box";
  fihost::Registry registry{{FIHOST_PLUGIN_FOLDER}};

  std::unique_ptr<fihost::Component> llm(const Json& more = Json::object(),
                                         std::stop_token stop = {}) const {
    Json config = {{"folder", folder.string()}, {"poll_seconds", 0.02}};
    config.update(more);
    return registry.create("llm/1", "llm.mailbox", config, stop);
  }
  bool has(const std::string& name) const { return fs::exists(folder / name); }
  bool comes(const std::string& name) const {
    for (int i = 0; i < 500 && !has(name); ++i) std::this_thread::sleep_for(10ms);
    return has(name);
  }
  void answer(const std::string& name, const std::string& text) const {
    fihost::write_text(folder / name, text);  // by rename
  }
};

std::future<Json> asked(fihost::Component& llm, const std::string& text) {
  return std::async(std::launch::async,
                    [&llm, text] { return llm.invoke("complete", request(text)); });
}

}  // namespace

TEST_CASE("a request waits as JSON and as text, and its reply is taken and put away") {
  const Post post;
  const auto llm = post.llm();
  auto reply = asked(*llm, "faster, please");
  REQUIRE(post.comes("1.request.md"));
  CHECK(fihost::read_json(post.folder / "1.request.json") == request("faster, please"));
  const std::string shown = fihost::read_text(post.folder / "1.request.md");
  CHECK(shown.find("# Request 1: propose\n") == 0);
  CHECK(shown.find("## user\n\nfaster, please\n") != std::string::npos);
  post.answer("1.reply.md", "as you wish");
  const Json got = reply.get();
  CHECK(got["text"] == "as you wish");
  CHECK(got["finish"] == "stop");
  CHECK(got["usage"]["estimated"] == true);
  for (const char* name : {"1.request.json", "1.request.md", "1.reply.md"}) {
    CHECK_FALSE(post.has(name));
    CHECK(post.has(std::string("done/") + name));
  }
}

TEST_CASE("a reply in JSON brings its model and usage, and what is no reply is waited over") {
  const Post post;
  const auto llm = post.llm();
  auto reply = asked(*llm, "x");
  REQUIRE(post.comes("1.request.json"));
  post.answer("1.reply.json", "{\"txt\": 3}");
  CHECK(reply.wait_for(200ms) == std::future_status::timeout);
  post.answer(
      "1.reply.json",
      R"({"text": "t", "model": "someone", "usage": {"input_tokens": 5, "output_tokens": 6}})");
  const Json got = reply.get();
  CHECK(got["text"] == "t");
  CHECK(got["model"] == "someone");
  CHECK(got["usage"]["output_tokens"] == 6);
}

TEST_CASE("a JSON file that is no reply does not hide one that is") {
  const Post post;
  const auto llm = post.llm();
  auto reply = asked(*llm, "x");
  REQUIRE(post.comes("1.request.json"));
  post.answer("1.reply.json", "{");
  CHECK(reply.wait_for(200ms) == std::future_status::timeout);
  post.answer("1.reply.md", "in words");
  CHECK(reply.get()["text"] == "in words");
}

TEST_CASE("a reply that is still being written is not taken half") {
  const Post post;
  const auto llm = post.llm({{"poll_seconds", 0.2}});
  auto reply = asked(*llm, "x");
  REQUIRE(post.comes("1.request.json"));
  std::ofstream slow(post.folder / "1.reply.txt");
  for (int i = 0; i < 10; ++i) {
    slow << i << std::flush;
    std::this_thread::sleep_for(50ms);
  }
  slow.close();
  CHECK(reply.get()["text"] == "0123456789");
}

TEST_CASE("several requests wait at once, each for its own reply") {
  const Post post;
  const auto llm = post.llm();
  auto first = asked(*llm, "a");
  REQUIRE(post.comes("1.request.json"));
  auto second = asked(*llm, "b");
  REQUIRE(post.comes("2.request.json"));
  post.answer("2.reply.txt", "B");
  CHECK(second.get()["text"] == "B");
  post.answer("1.reply.txt", "A");
  CHECK(first.get()["text"] == "A");
}

TEST_CASE("numbers go on after a restart, and a request that was left is taken up again") {
  const Post post;
  {
    const auto llm = post.llm();
    auto reply = asked(*llm, "a");
    REQUIRE(post.comes("1.request.json"));
    post.answer("1.reply.txt", "A");
    CHECK(reply.get()["text"] == "A");
  }
  {
    std::stop_source source;
    const auto llm = post.llm(Json::object(), source.get_token());
    auto reply = asked(*llm, "b");
    REQUIRE(post.comes("2.request.json"));
    source.request_stop();
    CHECK_THROWS_WITH_AS(reply.get(), doctest::Contains("(CANCELLED)"), fihost::Error);
  }
  CHECK(post.has("2.request.json"));
  post.answer("2.reply.txt", "B, meanwhile");
  const auto llm = post.llm();
  CHECK(llm->invoke("complete", request("b"))["text"] == "B, meanwhile");
  auto third = asked(*llm, "c");
  REQUIRE(post.comes("3.request.json"));
  post.answer("3.reply.txt", "C");
  CHECK(third.get()["text"] == "C");
}

TEST_CASE("two processes never share a number") {
  const Post post;
  const auto one = post.llm(), other = post.llm();
  auto first = asked(*one, "a");
  REQUIRE(post.comes("1.request.json"));
  auto second = asked(*other, "b");
  REQUIRE(post.comes("2.request.json"));
  post.answer("1.reply.txt", "A");
  post.answer("2.reply.txt", "B");
  CHECK(first.get()["text"] == "A");
  CHECK(second.get()["text"] == "B");
}

TEST_CASE("a stop ends the wait within 300 ms") {
  const Post post;
  std::stop_source source;
  const auto llm = post.llm({{"poll_seconds", 60}}, source.get_token());
  auto reply = asked(*llm, "x");
  REQUIRE(post.comes("1.request.json"));
  const auto start = std::chrono::steady_clock::now();
  source.request_stop();
  CHECK_THROWS_AS(reply.get(), fihost::Error);
  CHECK(std::chrono::steady_clock::now() - start < 300ms);
}

TEST_CASE("a wait ends with its timeout, and the request is withdrawn") {
  const Post post;
  const auto llm = post.llm({{"timeout", 0.1}});
  CHECK_THROWS_WITH_AS(static_cast<void>(llm->invoke("complete", request("x"))),
                       doctest::Contains("no reply to request 1 within"), fihost::Error);
  CHECK_FALSE(post.has("1.request.json"));
  CHECK(post.has("done/1.request.json"));
}

TEST_CASE("a folder that cannot be made is told") {
  const Post post;
  fihost::write_text(post.folder, "a file");
  CHECK_THROWS_WITH_AS(static_cast<void>(post.llm()), doctest::Contains(post.folder.c_str()),
                       fihost::Error);
}
