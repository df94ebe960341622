// Connections that fail, and how often and how long they are tried.
#include <doctest/doctest.h>

#include <cstdlib>
#include <thread>

#include "../backoff.hpp"
#include "asking.hpp"
#include "core/base/temp_dir.hpp"

using namespace fihost::test;
using fihost::Json;
using namespace std::chrono_literals;

namespace {

bool has(const std::string& text, const std::string& what) {
  CAPTURE(text);
  return text.find(what) != std::string::npos;
}

/// A URL where nobody listens: the port was free a moment ago.
std::string nobodys_url() { return LoopbackServer(in_turn({answer("x")})).url(); }

}  // namespace

TEST_CASE("a connection that is refused is tried again and then told") {
  const Asked asked = Llm(config_of(nobodys_url(), {{"retries", 2}})).ask(request_of("hi"));
  CHECK(has(asked.error, "complete failed (INTERNAL): POST http://127.0.0.1:"));
  CHECK(has(asked.error, "is the server running? (after 3 tries)"));
  CHECK(asked.log.size() == 2);
}

TEST_CASE("a host without an address is told by its name") {
  const Asked asked =
      Llm(config_of("http://name.invalid", {{"retries", 0}, {"connect_timeout", 2}}))
          .ask(request_of("hi"));
  CHECK(has(asked.error, "name.invalid"));
}

TEST_CASE("a certificate that nobody vouches for is refused at once") {
  const fihost::TempDir folder;
  const Certificate certificate = self_signed_certificate(folder.path());
  const LoopbackServer server(in_turn({answer("safe")}), certificate);
  const Asked refused = Llm(config_of(server.url())).ask(request_of("hi"));
  CHECK(has(refused.error, "(UNSUPPORTED)"));
  CHECK(has(refused.error, "'ca_file' names the authority"));
  CHECK(server.requests().empty());
  CHECK(refused.log.empty());  // no other try

  const Json trusted = {{"ca_file", certificate.certificate.string()}};
  CHECK(Llm(config_of(server.url(), trusted)).ask(request_of("hi")).reply["text"] == "safe");

  const Json missing = {{"ca_file", "/nowhere.pem"}};
  CHECK(has(Llm(config_of(server.url(), missing)).ask(request_of("hi")).error, "(UNSUPPORTED)"));
}

TEST_CASE("what passes is tried again") {
  for (const int status : {408, 429, 500, 502, 503}) {
    CAPTURE(status);
    const LoopbackServer server(in_turn({refusal(status, "busy"), answer("then")}));
    const Asked asked = Llm(config_of(server.url())).ask(request_of("hi"));
    CHECK(asked.reply["text"] == "then");
    CHECK(asked.reply["tries"] == 2);
    REQUIRE(asked.log.size() == 1);
    CHECK(has(asked.log[0], "m: status " + std::to_string(status) + ": busy; again in"));
  }
}

TEST_CASE("tries are bounded") {
  const LoopbackServer server(in_turn({refusal(429, "busy")}));
  const Asked asked = Llm(config_of(server.url(), {{"retries", 3}})).ask(request_of("hi"));
  CHECK(has(asked.error, "(INTERNAL)"));
  CHECK(has(asked.error, "status 429: busy (after 4 tries)"));
  CHECK(server.requests().size() == 4);
}

TEST_CASE("Retry-After is waited for, in seconds and as a date") {
  HttpResponse seconds = refusal(429, "busy");
  seconds.headers.emplace_back("Retry-After", "1");
  const LoopbackServer first(in_turn({seconds, answer("x")}));
  CHECK(Llm(config_of(first.url())).ask(request_of("hi")).time >= 1000ms);

  HttpResponse date = refusal(503, "busy");
  date.headers.emplace_back("Retry-After", "Fri, 31 Dec 2055 23:59:59 GMT");
  const LoopbackServer second(in_turn({date}));
  const Asked asked =
      Llm(config_of(second.url())).ask(request_of("hi", {{"limits", {{"seconds", 5}}}}));
  CHECK(asked.time < 3s);  // no try would fit into the limit
  CHECK(has(asked.error, "the limit of 5.0 s leaves no other try"));
}

TEST_CASE("waits grow, differ by seed, and have an end") {
  using llm_openai::backoff_s;
  CHECK(backoff_s(5, 1, 0, 3) <= 5);
  CHECK(backoff_s(5, 1, 0, 3) >= 3.75);
  CHECK(backoff_s(5, 3, 0, 3) >= 15);
  CHECK(backoff_s(5, 90, 0, 3) <= llm_openai::longest_own_s);
  CHECK(backoff_s(5, 1, 0, 3) == backoff_s(5, 1, 0, 3));
  CHECK(backoff_s(5, 1, 0, 3) != backoff_s(5, 1, 0, 4));
  CHECK(backoff_s(5, 1, 7, 3) >= 7);
  CHECK(backoff_s(5, 1, 1e9, 3) <= llm_openai::longest_asked_s + 1);
}

TEST_CASE("a slow server is given up after 'timeout'") {
  HttpResponse late = answer("x");
  late.delay = 20s;
  HttpResponse slow;
  slow.parts = {{.bytes = " ", .after = 20ms}};
  slow.endless = true;
  HttpResponse silent;
  silent.silent = true;
  for (const HttpResponse& response : {late, slow, silent}) {
    const LoopbackServer server(in_turn({response}));
    const Asked asked =
        Llm(config_of(server.url(), {{"timeout", 0.2}, {"retries", 1}})).ask(request_of("hi"));
    CHECK(has(asked.error, "a larger 'timeout' may help (after 2 tries)"));
    CHECK(asked.time < 3s);
  }
}

TEST_CASE("a request's own limit ends it") {
  HttpResponse silent;
  silent.silent = true;
  const LoopbackServer server(in_turn({silent}));
  const Asked asked =
      Llm(config_of(server.url())).ask(request_of("hi", {{"limits", {{"seconds", 0.2}}}}));
  CHECK(asked.time < 3s);
  CHECK(server.requests().size() == 1);
}

TEST_CASE("a body that was cut is tried again") {
  HttpResponse cut = answer("first");
  cut.cut_after = 20;
  const LoopbackServer server(in_turn({cut, answer("second")}));
  CHECK(Llm(config_of(server.url())).ask(request_of("hi")).reply["text"] == "second");
}

TEST_CASE("the environment's proxy is used, and the configuration's before it") {
  const LoopbackServer proxy(in_turn({answer("by proxy")})), other(in_turn({answer("by other")}));
  ::setenv("http_proxy", proxy.url().c_str(), 1);
  const std::string far = "http://model.invalid";
  CHECK(Llm(config_of(far)).ask(request_of("hi")).reply["text"] == "by proxy");
  CHECK(proxy.requests().at(0).target == far + "/v1/chat/completions");
  CHECK(Llm(config_of(far, {{"proxy", other.url()}})).ask(request_of("hi")).reply["text"] ==
        "by other");
  ::unsetenv("http_proxy");
}

TEST_CASE("a stop ends a hanging request and a wait within 300 ms") {
  HttpResponse silent;
  silent.silent = true;
  for (const HttpResponse& response : {silent, refusal(429, "busy")}) {
    const LoopbackServer server(in_turn({response}));
    std::stop_source source;
    Llm llm(config_of(server.url(), {{"retry_delay", 60}}), source.get_token());
    auto stopped = std::chrono::steady_clock::time_point();
    const std::jthread stopper([&] {
      std::this_thread::sleep_for(200ms);
      stopped = std::chrono::steady_clock::now();
      source.request_stop();
    });
    const Asked asked = llm.ask(request_of("hi"));
    CHECK(has(asked.error, "(CANCELLED)"));
    CHECK(std::chrono::steady_clock::now() - stopped < 300ms);
  }
}

TEST_CASE("many questions at once each get their own answer") {
  const LoopbackServer server([](const HttpRequest& request) {
    return answer(Json::parse(request.body)["messages"][0]["content"].get<std::string>());
  });
  Llm llm(config_of(server.url()));
  std::vector<std::string> texts(16);
  {
    std::vector<std::jthread> askers;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      askers.emplace_back([&, i] {
        texts[i] = llm.ask(request_of(std::to_string(i))).reply["text"].get<std::string>();
      });
    }
  }
  for (std::size_t i = 0; i < texts.size(); ++i) CHECK(texts[i] == std::to_string(i));
}
