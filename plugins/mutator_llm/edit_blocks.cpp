#include "edit_blocks.hpp"

#include <algorithm>
#include <cctype>

namespace mutator_llm {
namespace {

/// "<<<<<<< SEARCH" with `sign` '<' and `word` "SEARCH".
bool is_sign(std::string_view line, char sign, std::string_view word) {
  line = trimmed(line);
  const std::size_t count = std::min(line.find_first_not_of(sign), line.size());
  if (count < 5 || count > 9) return false;
  line = trimmed(line.substr(count));
  return std::equal(line.begin(), line.end(), word.begin(), word.end(), [](char a, char b) {
    return std::toupper(static_cast<unsigned char>(a)) == b;
  });
}

bool fence(std::string_view line) {
  return trimmed(line).starts_with("```") || trimmed(line).starts_with("~~~");
}

/// A side that was put into a fence of its own.
void remove_fence(Lines& side) {
  if (side.size() >= 2 && fence(side.front()) && fence(side.back())) {
    side.pop_back();
    side.erase(side.begin());
  }
}

}  // namespace

EditBlocks find_edit_blocks(const Lines& reply) {
  enum class State { outside, search, replace };
  State state = State::outside;
  EditBlocks found;
  EditBlock block;
  const auto number = [&] { return "block " + std::to_string(found.blocks.size() + 1); };
  const auto complain = [&](const std::string& what) {
    if (found.problem.empty()) found.problem = number() + " " + what;
  };
  for (const std::string_view line : reply) {
    if (is_sign(line, '<', "SEARCH")) {
      if (state != State::outside) complain("has no line '>>>>>>> REPLACE' before the next begins");
      state = State::search;
      block = {};
    } else if (state == State::outside) {
      continue;
    } else if (is_sign(line, '=', "")) {
      if (state == State::replace) complain("has two lines '=======', so its parts are unclear");
      state = State::replace;
    } else if (is_sign(line, '>', "REPLACE")) {
      if (state == State::search) complain("has no line '=======' between its parts");
      remove_fence(block.search);
      remove_fence(block.replace);
      found.blocks.push_back(std::move(block));
      block = {};
      state = State::outside;
    } else {
      (state == State::search ? block.search : block.replace).push_back(line);
    }
  }
  if (state != State::outside) complain("has no line '>>>>>>> REPLACE'");
  return found;
}

}  // namespace mutator_llm
