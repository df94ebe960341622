// What is made of a server's answers, good and bad.
#include <doctest/doctest.h>

#include "asking.hpp"
#include "core/base/json.hpp"
#include "core/plugin/config_schema.hpp"

using namespace fihost::test;
using fihost::Json;

namespace {

Asked asked_of(const HttpResponse& response, const Json& more = Json::object()) {
  const LoopbackServer server(in_turn({response}));
  return Llm(config_of(server.url(), more)).ask(request_of("hi"));
}

HttpResponse with_message(const Json& message, const char* reason = "stop") {
  return json_response(fihost::dump(
      {{"choices", Json::array({{{"message", message}, {"finish_reason", reason}}})}}));
}

bool has(const std::string& text, const std::string& what) {
  CAPTURE(text);
  return text.find(what) != std::string::npos;
}

}  // namespace

TEST_CASE("a reply keeps to the schema") {
  const auto text = fihost::read_text(FIHOST_LLM_SCHEMA);
  CHECK_NOTHROW(fihost::ConfigSchema(text, "llm.complete")
                    .check({{"request", request_of("hi")},
                            {"reply", asked_of(answer("x"), {{"price_input", 1}}).reply}}));
}

TEST_CASE("content may be a text, null or a list of parts") {
  CHECK(asked_of(with_message({{"content", "a"}})).reply["text"] == "a");
  const Json nothing = asked_of(with_message({{"content", nullptr}})).reply;
  CHECK(nothing["text"] == "");
  CHECK(nothing["finish"] == "empty");
  const Json parts = Json::parse(R"([{"type": "text", "text": "a"}, {"type": "image"}, "b"])");
  CHECK(asked_of(with_message({{"content", parts}})).reply["text"] == "ab");
}

TEST_CASE("a reply that nests without end is no chat completion") {
  const std::string nested = std::string(200'000, '[') + std::string(200'000, ']');
  const auto asked = asked_of(json_response("{\"error\": " + nested + "}"), {{"retries", 0}});
  CHECK(has(asked.error, "it is not JSON"));
}

TEST_CASE("the thoughts before an answer are not part of it") {
  const auto text_of = [](const std::string& text) {
    return asked_of(with_message({{"content", text}, {"reasoning_content", "hm"}})).reply["text"];
  };
  CHECK(text_of("<think>\nhm\n</think>\n\nanswer") == "answer");
  CHECK(text_of("hm\n</think>\nanswer") == "answer");
  CHECK(text_of("<think>never ends") == "");
  CHECK(text_of("say <think>x</think>") == "say <think>x</think>");
  CHECK(asked_of(with_message({{"content", nullptr}, {"reasoning_content", "hm"}}, "length"))
            .reply["finish"] == "truncated");
}

TEST_CASE("the reason of an end is told") {
  CHECK(asked_of(with_message({{"content", "a"}}, "length")).reply["finish"] == "truncated");
  CHECK(asked_of(with_message({{"content", "a"}}, "content_filter")).reply["finish"] == "filtered");
  const Json refused =
      asked_of(with_message({{"content", nullptr}, {"refusal", "I will not"}})).reply;
  CHECK(refused["finish"] == "filtered");
  CHECK(refused["warnings"] == Json::array({"the model refused: I will not"}));
}

TEST_CASE("tokens that nobody counts are estimated and said to be") {
  const Json usage = asked_of(with_message({{"content", "12345678"}})).reply["usage"];
  CHECK(usage["estimated"] == true);
  CHECK(usage["input_tokens"] == 1);
  CHECK(usage["output_tokens"] == 2);
}

TEST_CASE("a reply of a megabyte arrives whole, and one without end does not") {
  const std::string text(std::size_t{1} << 20, 'k');
  CHECK(asked_of(answer(text)).reply["text"] == text);
  HttpResponse endless;
  endless.parts = {{.bytes = std::string(std::size_t{1} << 20, ' ')}};
  endless.endless = true;
  const Asked asked = asked_of(endless);
  CHECK(has(asked.error, "longer than 16 MiB"));
  CHECK(has(asked.error, "(UNSUPPORTED)"));
}

TEST_CASE("bytes that are no UTF-8 are replaced") {
  HttpResponse response = answer("a@b");
  response.body.replace(response.body.find('@'), 1, "\xff\xc3");
  CHECK(asked_of(response).reply["text"] ==
        "a\xef\xbf\xbd\xef\xbf\xbd"
        "b");
}

TEST_CASE("a reply that is no chat completion is tried again and then told") {
  const Json once = {{"retries", 1}};
  const auto error_of = [&](const std::string& body) {
    return asked_of(json_response(body), once).error;
  };
  CHECK(has(error_of("{\"choices\": [{"), "no chat completion: it is not JSON (after 2 tries)"));
  CHECK(has(error_of("<html>portal</html>"), "it is not JSON"));
  CHECK(has(error_of("[]"), "it is no JSON object"));
  CHECK(has(error_of("{}"), "it has no list 'choices'"));
  CHECK(has(error_of(R"({"choices": []})"), "'choices' is empty"));
  CHECK(has(error_of(R"({"choices": [{"text": "x"}]})"), "'choices' holds no message"));
  CHECK(has(error_of(R"({"choices": 3})"), "(INTERNAL)"));
}

TEST_CASE("an error in a good reply is an error") {
  CHECK(has(asked_of(json_response(R"({"error": {"message": "overloaded", "code": 503}})"),
                     {{"retries", 1}})
                .error,
            "status 503: overloaded (after 2 tries)"));
  CHECK(has(asked_of(json_response(R"({"error": {"message": "no credit", "code": 402}})")).error,
            "(UNSUPPORTED): POST"));
}

TEST_CASE("a refusal that no other try changes is told at once, with status and message") {
  for (const int status : {400, 401, 403, 404, 413, 307}) {
    CAPTURE(status);
    const LoopbackServer server(in_turn({refusal(status, std::string("no, not with ") + secret)}));
    const Asked asked = Llm(config_of(server.url())).ask(request_of("hi"));
    CHECK(has(asked.error, "llm.openai: complete failed (UNSUPPORTED): POST " + server.url() +
                               "/v1/chat/completions: status " + std::to_string(status) +
                               ": no, not with ***"));
    CHECK(server.requests().size() == 1);
  }
  CHECK(has(asked_of(refusal(401, "bad")).error, "check 'api_key'"));
  CHECK(has(asked_of(refusal(404, "gone")).error, "a model 'm'"));
  CHECK(has(asked_of(json_response(R"({"detail": "worded otherwise"})", 400)).error,
            "status 400: worded otherwise"));
  CHECK(has(asked_of(json_response("plain words", 400)).error, "status 400: plain words"));
  CHECK(has(asked_of(json_response("", 400)).error, "status 400: no reason is given"));
}

TEST_CASE("an empty purse is no reason to try again") {
  const Asked asked =
      asked_of(refusal(429, "You exceeded your quota", {{"code", "insufficient_quota"}}));
  CHECK(has(asked.error, "(UNSUPPORTED)"));
}
