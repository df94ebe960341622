#include "core/search/random.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <locale>
#include <sstream>

#include "core/base/error.hpp"

namespace fihost::search {
namespace {

double usable(double weight) { return std::isfinite(weight) && weight > 0 ? weight : 0; }

}  // namespace

double draw_unit(Random& random) { return static_cast<double>(random() >> 11) * 0x1.0p-53; }

std::size_t draw_below(Random& random, std::size_t count) {
  if (count == 0) throw Error("cannot choose among nothing", Fault::internal);
  const std::uint64_t range = count;
  // The lowest 2^64 mod range numbers would make some remainders likelier than others.
  const std::uint64_t surplus = (std::numeric_limits<std::uint64_t>::max() - range + 1) % range;
  std::uint64_t number = random();
  while (number < surplus) number = random();
  return static_cast<std::size_t>(number % range);
}

std::size_t draw_weighted(Random& random, std::span<const double> weights) {
  double total = 0;
  for (const double weight : weights) total += usable(weight);
  if (!(total > 0) || !std::isfinite(total)) return draw_below(random, weights.size());
  double left = draw_unit(random) * total;
  std::size_t last = 0;  // where rounding has eaten the rest
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double weight = usable(weights[i]);
    if (weight == 0) continue;
    if (left < weight) return i;
    left -= weight;
    last = i;
  }
  return last;
}

std::string save_random(const Random& random) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text << random;
  return text.str();
}

Random restore_random(const std::string& text) {
  std::istringstream stream(text);
  stream.imbue(std::locale::classic());
  Random random;
  std::string rest;
  if (!(stream >> random) || stream >> rest) {
    fail("not the state of a random generator: \"{:.40}\"; it was not saved by this program", text);
  }
  return random;
}

}  // namespace fihost::search
