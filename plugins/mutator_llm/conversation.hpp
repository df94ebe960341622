// Talks with the model until there is a child, or there is none.
#pragma once

#include <cstdint>
#include <fihost/context.hpp>
#include <string>

#include "edited.hpp"
#include "prompt.hpp"

namespace mutator_llm {

/// One child that is wanted.
struct Assignment {
  std::string source;  ///< to be changed, with LF line ends
  Format format = Format::diff;
  Json messages;  ///< ends with the user's
  const char* purpose = "propose";
  std::uint64_t seed = 0;
  Json limits = Json::object();
};

/// Exactly one of them is set.
struct Found {
  Json child;    ///< {source, note, conversation, details}; null: none
  Json failure;  ///< {stage, reason, text}; null: none
};

/// Asks the slot "llm". An answer of no use is answered with its diagnosis, once. A model that fails
/// is a failure of stage "llm", an answer that does not apply one of stage "edit". Throws Error when
/// the run is cancelled, or a template is wrong.
[[nodiscard]] Found converse(const Context& context, const Prompt& prompt, Assignment assignment);

/// The child in `reply`. Models do not always keep to what was asked for: edits are taken as edits, and
/// a whole file as a whole file, under either format.
[[nodiscard]] Edited read_answer(const std::string& source, Format format, std::string_view reply,
                                 bool truncated);

}  // namespace mutator_llm
