#include "conversation.hpp"

#include <utility>

#include "code_reply.hpp"
#include "edit.hpp"
#include "edit_blocks.hpp"
#include "lines.hpp"
#include "reply.hpp"
#include "splice.hpp"

namespace mutator_llm {
namespace {

using fihost::sdk::Error;

constexpr std::size_t longest_kept_message = 65536, longest_failure_text = 16384,
                      longest_diagnosis = 16384, kept_messages = 6;
constexpr std::string_view entry_symbol = "fihost_candidate_v1";
constexpr const char* cut_off = "the reply was cut off by the limit of tokens";

struct Answer {
  std::string text;
  bool truncated = false;
  std::string problem;  ///< one line; empty: there is a text
};

Answer ask(const Context& context, const Assignment& assignment) {
  Json request = {{"messages", assignment.messages},
                  {"purpose", assignment.purpose},
                  {"seed", assignment.seed}};
  if (!assignment.limits.empty()) request["limits"] = assignment.limits;
  try {
    const Json reply = context.ask("llm", "complete", request);
    const std::string finish = reply.value("finish", "stop");
    Answer answer{cleaned_reply(reply.at("text").get<std::string>()), finish == "truncated", {}};
    if (trimmed(answer.text).empty()) answer.problem = "the model said nothing (" + finish + ")";
    return answer;
  } catch (const Error& error) {
    if (error.status() == FIHOST_CANCELLED) throw;
    return {{}, false, error.what()};
  } catch (const Json::exception& error) {
    return {{}, false, std::string("the model's reply is not as it should be: ") + error.what()};
  }
}

Json failure(const char* stage, const std::string& reason, const std::string& text) {
  Json result = {{"stage", stage}, {"reason", reason}};
  if (!text.empty()) result["text"] = elided(text, longest_failure_text);
  return result;
}

/// The system's message, the first of the user and the last ones, none of them too long.
Json bounded(const Json& messages) {
  Json kept = Json::array();
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (i >= 2 && i + kept_messages - 2 < messages.size()) continue;
    Json one = messages[i];
    one["content"] = elided(one["content"].get<std::string>(), longest_kept_message);
    kept.push_back(std::move(one));
  }
  return kept;
}

}  // namespace

Edited read_answer(const std::string& source, Format format, std::string_view reply,
                   bool truncated) {
  const Edited cut = refused(cut_off,
                             "It was cut off by the limit of tokens. Say less around the "
                             "code, or change less.");
  const EditBlocks edits = find_edit_blocks(split_lines(reply));
  if (!edits.blocks.empty() || !edits.problem.empty()) {
    return truncated ? cut : apply_edit_blocks(source, reply);
  }
  const bool has_entry = source.find(entry_symbol) != std::string::npos;
  const CodeReply code = code_of(reply, has_entry ? entry_symbol : std::string_view());
  // Where edits were asked for, a piece of code must not be taken for the file.
  if (format == Format::diff && (!has_entry || !code.closed || !code.problem.empty())) {
    return truncated ? cut : refused("the reply has no SEARCH/REPLACE block");
  }
  if (truncated && (!code.closed || !code.problem.empty())) return cut;
  if (!code.problem.empty()) {
    return refused(code.problem, code.problem + ". Give the whole file in one code block.");
  }
  return splice(source, code.code);
}

Found converse(const Context& context, const Prompt& prompt, Assignment assignment) {
  Json& messages = assignment.messages;
  for (bool retried = false;; retried = true) {
    context.check_cancelled();
    const Answer answer = ask(context, assignment);
    if (!answer.problem.empty()) return {nullptr, failure("llm", answer.problem, {})};
    Edited edited =
        read_answer(assignment.source, assignment.format, answer.text, answer.truncated);
    messages.push_back(message("assistant", elided(answer.text, longest_kept_message)));
    if (edited.ok()) {
      Json details = Json::object();
      if (retried) details["retried"] = true;
      return {Json{{"source", std::move(edited.source)},
                   {"note", idea_of(answer.text)},
                   {"conversation", bounded(messages)},
                   {"details", std::move(details)}},
              nullptr};
    }
    if (retried) return {nullptr, failure("edit", edited.problem, answer.text)};
    Prompt again = prompt;
    again.set("diagnosis", elided(trimmed(edited.diagnosis), longest_diagnosis));
    messages.push_back(message("user", again.text("retry")));
  }
}

}  // namespace mutator_llm
