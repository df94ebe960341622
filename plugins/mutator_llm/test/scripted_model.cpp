#include "scripted_model.hpp"

#include <doctest/doctest.h>

#include "core/base/error.hpp"

namespace scripted {

Json says(const std::string& text, const std::string& finish) {
  return {{"text", text}, {"finish", finish}};
}

Json Exchange::child() const {
  CAPTURE(fihost::dump(reply));
  REQUIRE(reply.at("children").size() == 1);
  return reply["children"][0];
}

std::string Exchange::source() const { return child().at("source").get<std::string>(); }

Json Exchange::failure() const {
  CAPTURE(fihost::dump(reply));
  REQUIRE(reply.at("children").empty());
  REQUIRE(reply.at("failures").size() == 1);
  return reply["failures"][0];
}

std::string Exchange::question(std::size_t index) const {
  REQUIRE(index < requests.size());
  return requests[index].at("messages").back().at("content").get<std::string>();
}

Exchange invoke(const std::string& id, const std::string& op, const Json& request,
                const std::vector<Json>& replies, const Json& config) {
  static const fihost::Registry registry({FIHOST_PLUGIN_FOLDER});
  Exchange exchange;
  std::size_t next = 0;
  const auto mutator = registry.create("mutator/1", id, config);
  exchange.reply = mutator->invoke(
      op, request,
      [&](const std::string& slot, const std::string& what, const Json& question) -> Json {
        CHECK(slot == "llm");
        CHECK(what == "complete");
        exchange.requests.push_back(question);
        if (next == replies.size()) fihost::fail("the script has no further reply");
        const Json& reply = replies[next++];
        if (reply.is_string()) fihost::fail("{}", reply.get<std::string>());
        return reply;
      });
  return exchange;
}

Json proposal(const std::string& source) {
  return {{"definition", {{"name", "rmsnorm_h7168"}}},
          {"parents", Json::array({{{"source", source}, {"language", "cuda"}}})},
          {"count", 1},
          {"seed", 7}};
}

Exchange propose(const std::string& id, const std::string& source,
                 const std::vector<std::string>& replies) {
  std::vector<Json> all;
  for (const std::string& text : replies) all.push_back(says(text));
  return invoke(id, "propose", proposal(source), all);
}

std::string block(const std::string& search, const std::string& replace) {
  return "<<<<<<< SEARCH\n" + search + "=======\n" + replace + ">>>>>>> REPLACE\n";
}

std::string fenced(const std::string& code, const std::string& language) {
  return "```" + language + "\n" + code + "```\n";
}

}  // namespace scripted
