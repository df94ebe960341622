#include "core/report/html_page.hpp"

#include "core/report/ranking_json.hpp"
#include "core/report/self_contained_page.hpp"

namespace fihost {

std::string html_page(const std::vector<Ranking>& rankings) {
  Json list = Json::array();
  for (const auto& ranking : rankings) {
    auto json = to_json(ranking);
    json["seed"] = std::to_string(ranking.seed);  // a double could not hold all of it
    list.push_back(std::move(json));
  }
  return self_contained_page(ranking_page, {{"rankings", std::move(list)}});
}

}  // namespace fihost
