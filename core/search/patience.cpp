#include "core/search/patience.hpp"

#include <algorithm>

#include "core/base/error.hpp"

namespace fihost::search {

std::optional<std::size_t> Patience::left() const {
  if (limit_ == 0) return std::nullopt;
  return limit_ - std::min(limit_, stale_);
}

Json Patience::state() const { return {{"stale", stale_}}; }

void Patience::restore(const Json& state) {
  try {
    stale_ = state.at("stale").get<std::size_t>();
  } catch (const Json::exception& error) {
    fail("the saved patience cannot be read: {}; the run's file is damaged", error.what());
  }
}

}  // namespace fihost::search
