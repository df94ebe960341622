#include "core/report/html_page.hpp"

#include <doctest/doctest.h>

#include <regex>

#include "core/base/hash.hpp"
#include "core/report/page_sources.hpp"
#include "core/report/ranking_json.hpp"
#include "tests/report/sample_ranking.hpp"

namespace {

std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const auto from = text.find(begin) + begin.size();
  return text.substr(from, text.find(end, from) - from);
}

std::string embedded(const std::string& page) {
  return between(page, "<script id=\"data\" type=\"application/json\">", "</script>");
}

}  // namespace

TEST_CASE("the page carries the ranking as JSON that no text in it can end") {
  auto ranking = sample_ranking();
  const std::string hostile = "</script><img src=x onerror=alert(1)><!-- [[script]] & \" ' \xff";
  ranking.candidates[0].name = hostile;
  ranking.candidates[2].workloads[1].trial.log = hostile;
  ranking.definition = hostile;
  const auto page = fihost::html_page({ranking});
  CHECK(page.find("onerror") != std::string::npos);
  CHECK(page.find("<img") == std::string::npos);
  const auto data = embedded(page);
  CHECK(data.find('<') == std::string::npos);
  const auto json = fihost::parse_json(data, "page");
  // Bytes that are no UTF-8 become U+FFFD; all else is as it was.
  CHECK(json["rankings"][0]["candidates"][0]["name"] ==
        hostile.substr(0, hostile.size() - 1) + "\xef\xbf\xbd");
}

TEST_CASE("every ranking is in the page, and its seed to the last digit") {
  auto ranking = sample_ranking();
  ranking.seed = ~std::uint64_t{0};
  const auto json = fihost::parse_json(embedded(fihost::html_page({ranking, ranking})), "page");
  CHECK(json["rankings"].size() == 2);
  CHECK(json["rankings"][1]["seed"] == "18446744073709551615");
}

TEST_CASE("the policy lets only the page's own script and style be used") {
  const auto page = fihost::html_page({sample_ranking()});
  const auto policy = between(page, "Content-Security-Policy\" content=\"", "\"");
  CHECK(policy.find("default-src 'none';") == 0);
  const auto script = between(page, "<script>", "</script>");
  const auto style = between(page, "<style>", "</style>");
  CHECK(policy.find("script-src 'sha256-" + fihost::sha256_base64(script) + "'") !=
        std::string::npos);
  CHECK(policy.find("style-src 'sha256-" + fihost::sha256_base64(style) + "'") !=
        std::string::npos);
}

TEST_CASE("the page fetches nothing and its script makes no markup") {
  const auto page = fihost::html_page({});
  const std::regex fetching(R"((src|href)=["']?(https?:)?//|@import|url\()");
  CHECK_FALSE(std::regex_search(page, fetching));
  for (const auto* word : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write",
                           "eval(", "Function(", "fetch(", "XMLHttpRequest"}) {
    CAPTURE(word);
    CHECK(fihost::ranking_page.script.find(word) == std::string_view::npos);
    CHECK(fihost::run_page.script.find(word) == std::string_view::npos);
  }
}
