#include "ollama.hpp"

#include <algorithm>
#include <sstream>

#include "chat_answer.hpp"
#include "http_post.hpp"

namespace llm_openai {
namespace {

constexpr std::int64_t default_window = 4096;  // unless the server was started with another
constexpr double patience_s = 5;

/// "num_ctx    8192\nstop  ..." -> 8192.
std::optional<std::int64_t> parameter(const std::string& lines, const std::string& wanted) {
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string name;
    std::int64_t value = 0;
    if (words >> name >> value && name == wanted) return value;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> ollama_window(const Model& model, const fihost::sdk::Context& context) {
  const HttpReply reply = post({.url = model.endpoint.show,
                                .body = fihost::sdk::detail::dump({{"model", model.name}}),
                                .headers = http_headers(model),
                                .timeout_s = std::min(patience_s, model.timeout_s),
                                .connect_timeout_s = std::min(patience_s, model.connect_timeout_s),
                                .ca_file = model.ca_file,
                                .proxy = model.proxy,
                                .receive_events = {}},
                               context);
  if (!reply.error.empty() || reply.status != 200) return std::nullopt;
  const Json about = parse_reply(reply.body);
  if (!about.is_object()) return std::nullopt;
  if (const auto given = parameter(text_at(about, "parameters"), "num_ctx")) return given;
  const auto info = about.find("model_info");
  if (info == about.end() || !info->is_object()) return std::nullopt;
  for (const auto& [key, value] : info->items()) {  // "llama.context_length"
    const std::string end = ".context_length";
    if (key.size() > end.size() && key.compare(key.size() - end.size(), end.size(), end) == 0 &&
        value.is_number_integer()) {
      return std::min(default_window, value.get<std::int64_t>());
    }
  }
  return std::nullopt;
}

}  // namespace llm_openai
