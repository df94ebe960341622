#include "endpoint.hpp"

#include <curl/curl.h>

#include <cstdlib>
#include <fihost/error.hpp>
#include <memory>
#include <string_view>

namespace llm_openai {
namespace {

constexpr std::string_view chat_path = "/chat/completions";

struct FreeUrl {
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;

/// A part of `url`; empty when it has none.
std::string part(const Url& url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url.get(), which, &text, flags) != CURLUE_OK) return {};
  const std::unique_ptr<char, decltype(&curl_free)> owner(text, &curl_free);
  return text;
}

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// `url` with another path.
std::string with_path(const Url& url, const std::string& path, bool query) {
  const Url copy(curl_url_dup(url.get()));
  curl_url_set(copy.get(), CURLUPART_PATH, path.c_str(), 0);
  if (!query) curl_url_set(copy.get(), CURLUPART_QUERY, nullptr, 0);
  return part(copy, CURLUPART_URL);
}

}  // namespace

Endpoint parse_endpoint(const std::string& api_base) {
  const Url url(curl_url());
  const bool parsed = curl_url_set(url.get(), CURLUPART_URL, api_base.c_str(), 0) == CURLUE_OK;
  const std::string scheme = part(url, CURLUPART_SCHEME), host = part(url, CURLUPART_HOST);
  if (!parsed || (scheme != "http" && scheme != "https") || host.empty()) {
    throw fihost::sdk::Error(FIHOST_INVALID_ARGUMENT,
                             "api_base is no URL that begins with http:// or https://; it is like "
                             "http://localhost:11434/v1");
  }
  curl_url_set(url.get(), CURLUPART_FRAGMENT, nullptr, 0);
  std::string path = part(url, CURLUPART_PATH);
  while (ends_with(path, "/")) path.pop_back();
  if (ends_with(path, chat_path)) path.resize(path.size() - chat_path.size());
  const std::string root = ends_with(path, "/v1") ? path.substr(0, path.size() - 3) : path;

  Endpoint endpoint;
  endpoint.chat = with_path(url, path + std::string(chat_path), true);
  endpoint.show = with_path(url, root + "/api/show", false);
  endpoint.password = part(url, CURLUPART_PASSWORD);
  endpoint.port = std::strtol(part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT).c_str(), nullptr, 10);
  endpoint.may_carry_key =
      scheme == "https" || host == "localhost" || host == "[::1]" || host.rfind("127.", 0) == 0;
  curl_url_set(url.get(), CURLUPART_USER, nullptr, 0);
  curl_url_set(url.get(), CURLUPART_PASSWORD, nullptr, 0);
  endpoint.shown = with_path(url, path + std::string(chat_path), false);
  return endpoint;
}

}  // namespace llm_openai
