#include "core/report/self_contained_page.hpp"

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/hash.hpp"

namespace fihost {
namespace {

std::string policy(const PageSources& sources) {
  return fmt::format(
      "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
      "script-src 'sha256-{}'; style-src 'sha256-{}'",
      sha256_base64(sources.script), sha256_base64(sources.style));
}

/// A document as the content of a script element: "<" may only stand in its strings, where it can be
/// written as an escape, so that no text ends the element.
std::string escaped(const Json& data) {
  std::string text;
  for (const char c : dump(data)) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

}  // namespace

std::string self_contained_page(const PageSources& sources, const Json& data) {
  std::string page;
  std::string_view rest = sources.html;
  // What is put in is not searched again.
  while (!rest.empty()) {
    const auto begin = rest.find("[[");
    page += rest.substr(0, begin);
    if (begin == std::string_view::npos) break;
    const auto end = rest.find("]]", begin);
    const auto part = rest.substr(begin + 2, end - begin - 2);
    rest.remove_prefix(end + 2);
    if (part == "policy") {
      page += policy(sources);
    } else if (part == "style") {
      page += sources.style;
    } else if (part == "script") {
      page += sources.script;
    } else if (part == "data") {
      page += escaped(data);
    } else {
      throw Error(fmt::format("the page's source asks for [[{}]]", part), Fault::internal);
    }
  }
  return page;
}

}  // namespace fihost
