// What a server is asked.
#include <doctest/doctest.h>

#include <cstdlib>
#include <map>

#include "asking.hpp"
#include "core/base/error.hpp"

using namespace fihost::test;
using fihost::Json;

namespace {

Json body_of(const LoopbackServer& server, std::size_t which = 0) {
  return Json::parse(server.requests().at(which).body);
}

}  // namespace

TEST_CASE("a question is one POST with the key, the messages and the defaults") {
  const LoopbackServer server(in_turn({answer("hello")}));
  Llm llm(config_of(server.url()));
  const Asked asked = llm.ask(request_of("hi", {{"seed", 7}}));
  CHECK(asked.reply["text"] == "hello");
  CHECK(asked.reply["model"] == "served");
  CHECK(asked.reply["finish"] == "stop");
  CHECK(asked.reply["tries"] == 1);
  CHECK(asked.reply["warnings"].empty());
  CHECK(asked.reply["usage"] == Json::parse(R"({"input_tokens": 10, "output_tokens": 20,
                                                "cost_usd": null, "estimated": false})"));
  const HttpRequest sent = server.requests().at(0);
  CHECK(sent.method == "POST");
  CHECK(sent.target == "/v1/chat/completions");
  CHECK(sent.header("authorization") == std::string("Bearer ") + secret);
  CHECK(sent.header("content-type") == "application/json");
  CHECK(Json::parse(sent.body) == Json::parse(R"({"model": "m",
      "messages": [{"role": "user", "content": "hi"}],
      "max_tokens": 16384, "temperature": 0.7, "seed": 7})"));
}

TEST_CASE("every key of the configuration arrives") {
  const LoopbackServer server(in_turn({answer("x")}));
  Llm llm(config_of(server.url() + "/deep?version=3",
                    {{"api_base", server.url() + "/deep/?version=3"},
                     {"temperature", 0.25},
                     {"top_p", 0.5},
                     {"max_tokens", 99},
                     {"max_completion_tokens", true},
                     {"random_seed", 5},
                     {"reasoning_effort", "low"},
                     {"headers", {{"X-Team", "kernels"}, {"authorization", "Basic abc"}}},
                     {"price_input", 1.0},
                     {"price_output", 2.5}}));
  const Asked asked = llm.ask(request_of("hi"));
  CHECK(asked.reply["usage"]["cost_usd"].get<double>() == doctest::Approx(60e-6));
  const HttpRequest sent = server.requests().at(0);
  CHECK(sent.target == "/deep/chat/completions?version=3");
  CHECK(sent.header("x-team") == "kernels");
  CHECK(sent.header("authorization") == "Basic abc");
  const Json body = Json::parse(sent.body);
  CHECK(body["temperature"] == 0.25);
  CHECK(body["top_p"] == 0.5);
  CHECK(body["max_completion_tokens"] == 99);
  CHECK_FALSE(body.contains("max_tokens"));
  CHECK(body["seed"] == 5);
  CHECK(body["reasoning_effort"] == "low");
}

TEST_CASE("a request may ask for fewer tokens, but not for more") {
  const LoopbackServer server(in_turn({answer("x")}));
  Llm llm(config_of(server.url(), {{"max_tokens", 100}}));
  static_cast<void>(llm.ask(request_of("hi", {{"limits", {{"output_tokens", 10}}}})));
  static_cast<void>(llm.ask(request_of("hi", {{"limits", {{"output_tokens", 1000}}}})));
  CHECK(body_of(server, 0)["max_tokens"] == 10);
  CHECK(body_of(server, 1)["max_tokens"] == 100);
}

TEST_CASE("models are drawn by weight, and the same seed draws the same one") {
  const LoopbackServer server(in_turn({answer("x")}));
  Json config = config_of(server.url(), {{"temperature", 0.1}});
  config.erase("model");
  config["models"] = Json::parse(R"([{"name": "often", "weight": 3, "temperature": 0.9},
      {"name": "seldom", "weight": 1, "temperature": null}, {"name": "never", "weight": 0}])");
  Llm llm(config);
  for (int round = 0; round < 2; ++round) {
    for (int seed = 0; seed < 40; ++seed) {
      static_cast<void>(llm.ask(request_of("hi", {{"seed", seed}})));
    }
  }
  std::map<std::string, int> drawn;
  for (std::size_t i = 0; i < 80; ++i) {
    const Json body = body_of(server, i);
    ++drawn[body["model"].get<std::string>()];
    CHECK(body["model"] == body_of(server, i % 40)["model"]);
    CHECK(body["temperature"] == (body["model"] == "often" ? 0.9 : 0.1));
  }
  CHECK(drawn.size() == 2);
  CHECK(drawn["often"] > drawn["seldom"]);
  CHECK(drawn["seldom"] > 0);
}

TEST_CASE("a request may name its model") {
  const LoopbackServer server(in_turn({answer("x")}));
  Json config = config_of(server.url());
  config.erase("model");
  config["primary_model"] = "a";
  config["secondary_model"] = "b";
  Llm llm(config);
  static_cast<void>(llm.ask(request_of("hi", {{"model", "b"}})));
  CHECK(body_of(server)["model"] == "b");
  CHECK(llm.ask(request_of("hi", {{"model", "c"}})).error ==
        "llm.openai: complete failed (INVALID_ARGUMENT): no model 'c' is configured");
}

TEST_CASE("a wrong configuration says what is wrong, and never the key") {
  const auto error_of = [](const Json& more) {
    try {
      Llm llm(config_of("http://127.0.0.1:1", more));
    } catch (const fihost::Error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  const auto has = [](const std::string& text, const char* what) {
    CAPTURE(text);
    CHECK(text.find(what) != std::string::npos);
    CHECK(text.find("0123456789") == std::string::npos);
  };
  has(error_of({{"modle", "m"}}), "'model'");
  has(error_of({{"model", nullptr}}), "no model is named");
  has(error_of({{"primary_model", "p"}}), "two ways");
  has(error_of({{"api_base", "ftp://x"}}), "api_base");
  has(error_of({{"api_base", "localhost:80"}}), "api_base");
  has(error_of({{"api_key", "0123456789\nX: y"}}), "api_key");
  has(error_of({{"headers", {{"a b", "c"}}}}), "headers.a b");
}

TEST_CASE(
    "the environment's key goes to this machine and over TLS, not to a stranger in the clear") {
  ::setenv("OPENAI_API_KEY", secret, 1);
  const LoopbackServer server(in_turn({answer("x")}));
  Llm llm(config_of(server.url(), {{"api_key", nullptr}}));
  static_cast<void>(llm.ask(request_of("hi")));
  CHECK(server.requests().at(0).header("authorization") == std::string("Bearer ") + secret);

  // The loopback server is the proxy for a host that is not this machine.
  Llm far(config_of("http://model.invalid", {{"api_key", nullptr}, {"proxy", server.url()}}));
  CHECK(far.ask(request_of("hi")).reply["text"] == "x");
  CHECK(server.requests().at(1).target == "http://model.invalid/v1/chat/completions");
  CHECK(server.requests().at(1).header("authorization").empty());
  ::unsetenv("OPENAI_API_KEY");
}

TEST_CASE("a refusal that names max_tokens or temperature teaches the model's form") {
  const LoopbackServer server([](const HttpRequest& request) {
    const Json body = Json::parse(request.body);
    if (body.contains("max_tokens")) {
      return refusal(400,
                     "Unsupported parameter: 'max_tokens' is not supported with this model. "
                     "Use 'max_completion_tokens' instead.",
                     {{"param", "max_tokens"}, {"code", "unsupported_parameter"}});
    }
    if (body.contains("temperature")) {
      return refusal(400, "Unsupported value: 'temperature' does not support 0.7 with this model.");
    }
    return answer("taught");
  });
  Llm llm(config_of(server.url(), {{"retries", 0}}));
  const Asked first = llm.ask(request_of("hi"));
  CHECK(first.reply["text"] == "taught");
  CHECK(first.reply["tries"] == 3);
  CHECK(first.log.size() == 2);
  CHECK(llm.ask(request_of("hi")).reply["tries"] == 1);  // remembered
  CHECK(body_of(server, 3)["max_completion_tokens"] == 16384);
}

TEST_CASE("too many tokens are no question of form") {
  const LoopbackServer server(in_turn({refusal(400, "max_tokens is too large: 16384")}));
  Llm llm(config_of(server.url()));
  const Asked asked = llm.ask(request_of("hi"));
  CHECK(asked.error.find("(UNSUPPORTED)") != std::string::npos);
  CHECK(asked.error.find("max_tokens is too large") != std::string::npos);
  CHECK(server.requests().size() == 1);
}

TEST_CASE("a form that the configuration fixes is not changed") {
  const LoopbackServer server(in_turn({refusal(400, "unknown field max_completion_tokens")}));
  Llm llm(config_of(server.url(), {{"max_completion_tokens", true}}));
  CHECK_FALSE(llm.ask(request_of("hi")).error.empty());
  CHECK(server.requests().size() == 1);
}

TEST_CASE("Ollama is asked once for its window, and a prompt that does not fit is told") {
  const LoopbackServer server([](const HttpRequest& request) {
    if (request.target != "/api/show") return answer("x");
    return json_response(R"({"parameters": "stop \"a\"\nnum_ctx     2048",
                             "model_info": {"llama.context_length": 131072}})");
  });
  Llm llm(config_of(server.url(), {{"provider", "ollama"}, {"max_tokens", 1500}}));
  CHECK(llm.ask(request_of("hi")).reply["warnings"].empty());
  const Json reply = llm.ask(request_of(std::string(4000, 'x'))).reply;
  REQUIRE(reply["warnings"].size() == 2);
  CHECK(reply["warnings"][0] ==
        "the prompt (about 1000 tokens) and 1500 tokens of output do not fit the model's window of "
        "2048 tokens");
  CHECK(reply["warnings"][1].get<std::string>().find("cut the prompt") != std::string::npos);
  CHECK(server.requests().size() == 3);
}

TEST_CASE("an Ollama that does not tell its window answers all the same") {
  const LoopbackServer server([](const HttpRequest& request) {
    return request.target == "/api/show" ? refusal(404, "no such model") : answer("x");
  });
  Llm llm(config_of(server.url(), {{"provider", "ollama"}}));
  CHECK(llm.ask(request_of("hi")).reply["text"] == "x");
}
