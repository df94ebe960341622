#include "core/report/html_page.hpp"

#include <fmt/format.h>

#include <string_view>

#include "core/base/error.hpp"
#include "core/base/hash.hpp"
#include "core/report/page_sources.hpp"
#include "core/report/ranking_json.hpp"

namespace fihost {
namespace {

std::string policy() {
  return fmt::format(
      "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
      "script-src 'sha256-{}'; style-src 'sha256-{}'",
      sha256_base64(page_script), sha256_base64(page_style));
}

/// The document as the content of a script element: "<" may only stand in its strings, where it can
/// be written as an escape, so that no text of a ranking ends the element.
std::string data(const std::vector<Ranking>& rankings) {
  Json list = Json::array();
  for (const auto& ranking : rankings) {
    auto json = to_json(ranking);
    json["seed"] = std::to_string(ranking.seed);  // a double could not hold all of it
    list.push_back(std::move(json));
  }
  std::string text;
  for (const char c : dump({{"rankings", std::move(list)}})) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

}  // namespace

std::string html_page(const std::vector<Ranking>& rankings) {
  std::string page;
  std::string_view rest = page_html;
  // What is put in is not searched again.
  while (!rest.empty()) {
    const auto begin = rest.find("[[");
    page += rest.substr(0, begin);
    if (begin == std::string_view::npos) break;
    const auto end = rest.find("]]", begin);
    const auto part = rest.substr(begin + 2, end - begin - 2);
    rest.remove_prefix(end + 2);
    if (part == "policy") {
      page += policy();
    } else if (part == "style") {
      page += page_style;
    } else if (part == "script") {
      page += page_script;
    } else if (part == "data") {
      page += data(rankings);
    } else {
      throw Error(fmt::format("page.html asks for [[{}]]", part), Fault::internal);
    }
  }
  return page;
}

}  // namespace fihost
