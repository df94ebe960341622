#include "line_match.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace mutator_llm {
namespace {

/// Longer than any line that a person wrote, and enough lines to find a place by.
constexpr std::size_t compared_bytes = 200, compared_lines = 40;

Lines without_blank_edges(Lines lines) {
  while (!lines.empty() && blank(lines.back())) lines.pop_back();
  const auto first = std::find_if_not(lines.begin(), lines.end(), blank);
  lines.erase(lines.begin(), first);
  return lines;
}

std::optional<LineMatch> exact_at(const Lines& source, std::size_t at, const Lines& wanted) {
  if (!std::equal(wanted.begin(), wanted.end(), source.begin() + static_cast<std::ptrdiff_t>(at))) {
    return std::nullopt;
  }
  return LineMatch{.place = {at, at + wanted.size()}, .shift = {}};
}

std::optional<LineMatch> but_for_trailing_blanks_at(const Lines& source, std::size_t at,
                                                    const Lines& wanted) {
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (without_trailing_blanks(source[at + i]) != without_trailing_blanks(wanted[i])) {
      return std::nullopt;
    }
  }
  return LineMatch{.place = {at, at + wanted.size()}, .shift = {}};
}

/// What `longer` has in front of `shorter`, when the rest is equal.
std::optional<std::string_view> extra_indentation(std::string_view longer,
                                                  std::string_view shorter) {
  if (!longer.ends_with(shorter)) return std::nullopt;
  const std::string_view extra = longer.substr(0, longer.size() - shorter.size());
  if (!blank(extra)) return std::nullopt;
  return extra;
}

std::optional<LineMatch> reindented_at(const Lines& source, std::size_t at, const Lines& wanted) {
  std::optional<LineMatch> match;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::string_view there = without_trailing_blanks(source[at + i]);
    const std::string_view here = without_trailing_blanks(wanted[i]);
    if (there.empty() || here.empty()) {
      if (there.size() != here.size()) return std::nullopt;
      continue;
    }
    const bool removed = there.size() < here.size();
    const auto shift = removed ? extra_indentation(here, there) : extra_indentation(there, here);
    if (!shift) return std::nullopt;
    if (!match) {
      match = LineMatch{{at, at + wanted.size()}, *shift, removed};
    } else if (match->shift != *shift || match->removed != removed) {
      return std::nullopt;
    }
  }
  return match;
}

using MatchAt = std::optional<LineMatch> (*)(const Lines&, std::size_t, const Lines&);

std::vector<LineMatch> matches(const Lines& source, const std::vector<LineRange>& ranges,
                               const Lines& wanted, MatchAt match_at) {
  std::vector<LineMatch> found;
  for (const LineRange range : ranges) {
    for (std::size_t at = range.begin; at + wanted.size() <= range.end; ++at) {
      if (const auto match = match_at(source, at, wanted)) found.push_back(*match);
    }
  }
  return found;
}

/// Pairs of neighbouring characters, counted in a small table: alike texts have alike counts.
using Pairs = std::array<std::uint8_t, 256>;

Pairs pairs_of(std::string_view line) {
  Pairs pairs{};
  const std::string_view text = prefix(trimmed(line), compared_bytes);
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const unsigned hash =
        static_cast<unsigned char>(text[i]) * 31u + static_cast<unsigned char>(text[i + 1]) * 7u;
    ++pairs[hash % pairs.size()];
  }
  return pairs;
}

/// Twice the common pairs over all pairs; 1 for two lines without any.
double likeness(const Pairs& a, const Pairs& b) {
  unsigned common = 0, all = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    common += std::min(a[i], b[i]);
    all += static_cast<unsigned>(a[i]) + b[i];
  }
  return all == 0 ? 1.0 : 2.0 * common / all;
}

}  // namespace

std::vector<LineMatch> find_lines(const Lines& source, const std::vector<LineRange>& ranges,
                                  const Lines& wanted) {
  for (const MatchAt match_at : {&exact_at, &but_for_trailing_blanks_at, &reindented_at}) {
    auto found = matches(source, ranges, wanted, match_at);
    if (!found.empty()) return found;
  }
  const Lines core = without_blank_edges(wanted);
  if (core.size() == wanted.size()) return {};
  return matches(source, ranges, core, &reindented_at);
}

std::string reindented(const Lines& replacement, const LineMatch& match) {
  std::string text;
  for (std::string_view line : replacement) {
    if (!blank(line) && match.removed) {
      line.remove_prefix(std::min(match.shift.size(), indentation(line).size()));
    } else if (!blank(line)) {
      text += match.shift;
    }
    text.append(line) += '\n';
  }
  return text;
}

std::optional<Likeness> most_like(const Lines& source, const Lines& wanted) {
  if (source.empty()) return std::nullopt;
  std::vector<Pairs> there, here;
  for (const std::string_view line : source) there.push_back(pairs_of(line));
  for (const std::string_view line : without_blank_edges(wanted)) {
    if (here.size() < compared_lines) here.push_back(pairs_of(line));
  }
  const std::size_t count = std::max<std::size_t>(1, std::min(here.size(), there.size()));
  std::optional<Likeness> best;
  for (std::size_t at = 0; at + count <= there.size(); ++at) {
    double sum = 0;
    for (std::size_t i = 0; i < std::min(count, here.size()); ++i) {
      sum += likeness(there[at + i], here[i]);
    }
    const double share = sum / static_cast<double>(std::max<std::size_t>(1, here.size()));
    if (!best || share > best->share) best = Likeness{{at, at + count}, share};
  }
  return best;
}

}  // namespace mutator_llm
