// Streamed answers.
#include <doctest/doctest.h>

#include "../event_stream.hpp"
#include "asking.hpp"

using namespace fihost::test;
using fihost::Json;
using namespace std::chrono_literals;

namespace {

/// An answer "héllo" with every oddity that is allowed.
const std::string events =
    ": keep-alive\r\n\r\n"
    "event: message\r\n"
    "data: {\"model\": \"served\", \"choices\": [{\"delta\": {\"role\": \"assistant\"}}]}\r\n\r\n"
    "data:{\"choices\": [{\"delta\": {\"content\": \"h\xc3\xa9\"}, \"finish_reason\": null}]}\n\n"
    "data: {\"choices\": [{\"delta\":\r\n"
    "data: {\"content\": \"llo\", \"reasoning_content\": \"hm\"}}]}\n\n"
    "data: {\"choices\": [{\"delta\": {}, \"finish_reason\": \"stop\"}]}\n\n"
    "data: {\"choices\": [], \"usage\": {\"prompt_tokens\": 3, \"completion_tokens\": 2}}\n\n"
    "data: [DONE]\n\n";

HttpResponse stream(std::vector<HttpPart> parts) {
  HttpResponse response;
  response.headers = {{"Content-Type", "text/event-stream; charset=utf-8"}};
  response.parts = std::move(parts);
  return response;
}

Asked asked_of(const HttpResponse& response, const Json& more = Json::object()) {
  const LoopbackServer server(in_turn({response}));
  Json config = config_of(server.url(), {{"stream", true}, {"retries", 0}});
  config.update(more);
  return Llm(config).ask(request_of("hi"));
}

bool has(const std::string& text, const std::string& what) {
  CAPTURE(text);
  return text.find(what) != std::string::npos;
}

}  // namespace

TEST_CASE("a stream may be cut at every byte") {
  for (std::size_t cut = 0; cut <= events.size(); ++cut) {
    llm_openai::EventStream parser;
    const bool more = parser.feed(events.substr(0, cut)) && parser.feed(events.substr(cut));
    CHECK(more == false);
    const llm_openai::Reading reading = parser.finish();
    CHECK(reading.wrong == "");
    CHECK(reading.answer.text == "h\xc3\xa9llo");
    CHECK(reading.answer.finish_reason == "stop");
    CHECK(reading.answer.model == "served");
    CHECK(reading.answer.input_tokens == 3);
  }
}

TEST_CASE("a stream that comes byte by byte is one answer") {
  std::vector<HttpPart> parts;
  for (const char byte : events) parts.push_back({.bytes = std::string(1, byte)});
  const Asked asked = asked_of(stream(parts));
  CHECK(asked.error == "");
  CHECK(asked.reply["text"] == "h\xc3\xa9llo");
  CHECK(asked.reply["usage"]["output_tokens"] == 2);
  CHECK(asked.reply["usage"]["estimated"] == false);
}

TEST_CASE("the end of a stream is its DONE, not the end of the connection") {
  CHECK(asked_of(stream({{events}, {.bytes = "x", .after = 20s}})).time < 5s);
}

TEST_CASE("a stream without DONE is whole when it has a finish_reason") {
  const std::string most = events.substr(0, events.find("data: [DONE]"));
  CHECK(asked_of(stream({{most}})).reply["text"] == "h\xc3\xa9llo");
  CHECK(asked_of(stream({{most.substr(0, most.size() - 2)}})).reply["text"] == "h\xc3\xa9llo");
}

TEST_CASE("a stream that was cut is no answer") {
  const std::string half = events.substr(0, events.find("llo"));
  const Asked clean = asked_of(stream({{half}}), {{"retries", 1}});
  CHECK(has(clean.error, "the stream was cut: it ended before the answer did (after 2 tries)"));
  HttpResponse broken = stream({{events}});
  broken.cut_after = half.size();
  CHECK(has(asked_of(broken).error, "(INTERNAL)"));
}

TEST_CASE("an error in a stream is told") {
  const std::string start = events.substr(0, events.find("data: [DONE]"));
  const std::string error = "data: {\"error\": {\"message\": \"out of memory\"}}\n\n";
  CHECK(has(asked_of(stream({{error}})).error, "out of memory"));
  CHECK(has(asked_of(stream({{start + error}})).error, "out of memory"));
  CHECK(has(asked_of(stream({{"data: nonsense\n\n"}, {"\n"}})).error, "no JSON object"));
}

TEST_CASE("a stream without end is given up") {
  HttpResponse endless = stream({{"data: {\"choices\": [{\"delta\": {\"content\": \"" +
                                  std::string(100000, 'x') + "\"}}]}\n\n"}});
  endless.endless = true;
  CHECK(has(asked_of(endless).error, "longer than 16 MiB"));
}

TEST_CASE("a server that does not stream is understood all the same") {
  CHECK(asked_of(answer("whole")).reply["text"] == "whole");
}

TEST_CASE("a stream is asked for with its usage, unless the server does not know that") {
  const LoopbackServer server([](const HttpRequest& request) {
    const Json body = Json::parse(request.body);
    CHECK(body["stream"] == true);
    if (body.contains("stream_options")) return refusal(400, "unknown field \"stream_options\"");
    return stream({{events}});
  });
  const Asked asked = Llm(config_of(server.url(), {{"stream", true}})).ask(request_of("hi"));
  CHECK(asked.reply["tries"] == 2);
}
