// A model that says what it is told to, and the mutators that ask it.
#pragma once

#include <string>
#include <vector>

#include "core/plugin/registry.hpp"

namespace scripted {

using fihost::Json;

/// A reply of the slot "llm".
Json says(const std::string& text, const std::string& finish = "stop");

/// What came of one call.
struct Exchange {
  Json reply;                  ///< the mutator's
  std::vector<Json> requests;  ///< the model was asked

  [[nodiscard]] Json child() const;          ///< the only one; fails the test when there is none
  [[nodiscard]] std::string source() const;  ///< the only child's
  [[nodiscard]] Json failure() const;        ///< the only one, without a child
  /// The last message of the question `index`.
  [[nodiscard]] std::string question(std::size_t index) const;
};

/// Invokes `op` of the mutator `id` with a model that gives `replies` in turn; a text instead of an
/// object is a model that fails with it. More questions than replies are an error.
Exchange invoke(const std::string& id, const std::string& op, const Json& request,
                const std::vector<Json>& replies, const Json& config = Json::object());

/// A request to change `source`.
Json proposal(const std::string& source);

/// invoke() of propose on `source` with replies of text.
Exchange propose(const std::string& id, const std::string& source,
                 const std::vector<std::string>& replies);

/// One SEARCH/REPLACE block; both end with a line end.
std::string block(const std::string& search, const std::string& replace);
/// A fenced block.
std::string fenced(const std::string& code, const std::string& language = "cuda");

}  // namespace scripted
