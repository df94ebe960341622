#include "core/search/budget.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/error.hpp"

namespace fihost::search {
namespace {

struct Item {
  const char* name;
  std::optional<double> BudgetConfig::*limit;
  double Spending::*spent;
};

constexpr std::array<Item, 4> items = {
    {{"llm_tokens", &BudgetConfig::llm_tokens, &Spending::llm_tokens},
     {"usd", &BudgetConfig::usd, &Spending::usd},
     {"gpu_seconds", &BudgetConfig::gpu_seconds, &Spending::gpu_seconds},
     {"wall_seconds", &BudgetConfig::wall_seconds, &Spending::wall_seconds}}};

double usable(double value) { return std::isfinite(value) && value > 0 ? value : 0; }

}  // namespace

void Budget::add(const Spending& more) {
  for (const auto& item : items) spent_.*item.spent += usable(more.*item.spent);
}

std::optional<std::string> Budget::exhausted() const {
  for (const auto& item : items) {
    const auto& limit = limits_.*item.limit;
    const double spent = spent_.*item.spent;
    if (limit && spent >= *limit)
      return fmt::format("{}: {:.6g} of {:.6g}", item.name, spent, *limit);
  }
  return std::nullopt;
}

std::optional<double> Budget::children_left(std::size_t evaluated) const {
  std::optional<double> fewest;
  for (const auto& item : items) {
    const auto& limit = limits_.*item.limit;
    const double spent = spent_.*item.spent;
    if (!limit || spent <= 0 || evaluated == 0) continue;
    const double left = std::max(0.0, *limit - spent) * static_cast<double>(evaluated) / spent;
    fewest = std::min(fewest.value_or(left), left);
  }
  return fewest;
}

Json Budget::state() const {
  Json state = Json::object();
  for (const auto& item : items) state[item.name] = spent_.*item.spent;
  return state;
}

void Budget::restore(const Json& state) {
  Spending spent;
  try {
    for (const auto& item : items) spent.*item.spent = usable(state.at(item.name).get<double>());
  } catch (const Json::exception& error) {
    fail("the saved spending cannot be read: {}; the run's file is damaged", error.what());
  }
  spent_ = spent;
}

}  // namespace fihost::search
