#include "core/search/proposal.hpp"

#include <algorithm>
#include <utility>

#include "core/base/cancelled.hpp"
#include "core/base/error.hpp"
#include "core/base/process.hpp"
#include "core/eval/first_line.hpp"
#include "core/search/source_digest.hpp"

namespace fihost::search {
namespace {

constexpr std::size_t diagnostics_bytes = 8000;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// A question as it is recorded. The sources of a sweep differ in a few constants that its notes tell:
/// their digests are enough to know the question again.
Json kept(const std::string& slot, const Json& question) {
  if (slot != "measure" || !question.contains("candidates")) return question;
  Json json = question;
  for (Json& candidate : json["candidates"]) {
    if (!candidate.contains("source") || !candidate["source"].is_string()) continue;
    candidate["source_digest"] = source_digest(candidate["source"].get<std::string>());
    candidate.erase("source");
  }
  return json;
}

/// A child as a mutator wrote it.
struct Child {
  std::string source, note;
  Json details, conversation;
  std::vector<ProgramId> parents;
};

/// One attempt under way.
class Making {
 public:
  Making(const Assignment& assignment, const Workshop& workshop, const std::stop_token& stop)
      : assignment_(assignment), workshop_(workshop), stop_(stop) {
    proposal_.attempt = assignment.attempt;
  }

  Proposal run() {
    const auto start = Clock::now();
    auto child = ask_mutator("propose", assignment_.request);
    proposal_.attempt.propose_seconds = seconds_since(start);
    if (child && is_new(*child)) build(std::move(*child));
    return std::move(proposal_);
  }

 private:
  void reject(Outcome outcome, std::string reason) {
    proposal_.attempt.outcome = outcome;
    proposal_.attempt.reason = first_line(reason);
  }

  /// What an earlier try of this attempt was answered to the same question.
  const Exchange* recorded(const std::string& slot, const Json& question) {
    if (asked_ >= assignment_.recorded.size()) return nullptr;
    const auto& earlier = assignment_.recorded[asked_];
    if (earlier.slot == slot && earlier.request == kept(slot, question) &&
        (earlier.error.empty() || assignment_.only_recorded)) {
      ++asked_;
      return &earlier;
    }
    asked_ = assignment_.recorded.size();  // it goes another way this time
    return nullptr;
  }

  Json repeat(const Exchange& earlier) {
    if (assignment_.only_recorded) workshop_.record(earlier);
    if (!earlier.error.empty()) {
      if (earlier.slot == "llm") llm_error_ = earlier.error;
      throw Error(earlier.error);
    }
    return earlier.reply;
  }

  Json answer(const std::string& slot, const std::string& op, const Json& question) {
    if (assignment_.only_recorded) {
      fail("the recorded run was not asked this by attempt {}", assignment_.attempt.id);
    }
    if (slot == "measure") return workshop_.measure(question, stop_);
    if (const auto why = workshop_.llm_closed(); !why.empty()) fail("no model is asked: {}", why);
    return workshop_.llm->invoke(op, question, {}, stop_);
  }

  Json ask(const std::string& slot, const std::string& op, const Json& question) {
    const bool model = slot == "llm" && (workshop_.llm != nullptr || assignment_.only_recorded);
    if (!model && slot != "measure") throw UnboundSlot(slot);
    proposal_.asked_model |= model;
    if (const auto* earlier = recorded(slot, question)) return repeat(*earlier);
    Exchange exchange;
    exchange.attempt = assignment_.attempt.id;
    exchange.slot = slot;
    exchange.op = op;
    exchange.request = kept(slot, question);
    const auto start = Clock::now();
    try {
      exchange.reply = answer(slot, op, question);
    } catch (const Error& e) {
      check_cancelled(stop_);
      exchange.error = e.what();
      if (model) llm_error_ = e.what();
    }
    exchange.seconds = seconds_since(start);
    workshop_.record(exchange);
    if (!exchange.error.empty()) throw Error(exchange.error);
    return exchange.reply;
  }

  AskSlot services() {
    return [this](const std::string& slot, const std::string& op, const Json& question) {
      return ask(slot, op, question);
    };
  }

  /// The one child of the reply; none: the attempt says why.
  std::optional<Child> ask_mutator(const std::string& op, const Json& request) {
    const auto& id = assignment_.attempt.mutator;
    try {
      const auto reply = workshop_.mutators.at(id)->invoke(op, request, services(), stop_);
      return read_reply(reply);
    } catch (const Error& e) {
      check_cancelled(stop_);
      reject(llm_error_.empty() ? Outcome::no_proposal : Outcome::llm_failed, e.what());
    } catch (const Json::exception& e) {
      reject(Outcome::no_proposal,
             fmt::format("{}: its reply is not as mutator.{}.json says: {}", id, op, e.what()));
    }
    return std::nullopt;
  }

  std::optional<Child> read_reply(const Json& reply) {
    const auto& children = reply.at("children");
    if (children.empty()) {
      const auto failures = reply.value("failures", Json::array());
      if (failures.empty()) {
        reject(Outcome::no_proposal, "the mutator had nothing to propose");
      } else {
        const auto& failure = failures.front();
        reject(failure.at("stage") == "llm" ? Outcome::llm_failed : Outcome::no_proposal,
               failure.at("reason").get<std::string>());
      }
      return std::nullopt;
    }
    const auto& json = children.front();
    Child child{.source = json.at("source").get<std::string>(),
                .note = first_line(json.value("note", "")),
                .details = json.value("details", Json()),
                .conversation = json.value("conversation", Json::array()),
                .parents = {}};
    const auto& all = assignment_.attempt.parents;
    for (const Json& index : json.value("parents", Json::array({0}))) {
      const auto at = index.get<std::size_t>();
      if (at < all.size()) child.parents.push_back(all[at]);
    }
    return child;
  }

  /// Whether it is worth a compiler; takes its digest.
  bool is_new(const Child& child) {
    auto& attempt = proposal_.attempt;
    attempt.source = child.source;
    attempt.source_digest = source_digest(child.source);
    if (child.source.size() > workshop_.max_code_length) {
      reject(Outcome::no_proposal,
             fmt::format("its source has {} bytes, more than max_code_length ({})",
                         child.source.size(), workshop_.max_code_length));
      return false;
    }
    const auto twin = workshop_.known.claim(attempt.source_digest, attempt.id);
    if (!twin) return true;
    reject(Outcome::duplicate, duplicate_text("the source", *twin));
    attempt.twin = twin->attempt;
    return false;
  }

  static std::string duplicate_text(const std::string& what, const KnownSources::Known& twin) {
    if (twin.attempt == 0) return fmt::format("{} is the seed's", what);
    return fmt::format("{} is that of attempt {} ({})", what, twin.attempt, name(twin.outcome));
  }

  BuildResult compile(const std::string& source) {
    const QuietGate::Work busy(workshop_.gate);
    auto result = workshop_.build(source, stop_);
    check_cancelled(stop_);
    proposal_.attempt.build_seconds += result.seconds;
    return result;
  }

  void build(Child child) {
    auto result = compile(child.source);
    if (!result.ok) {
      const auto complaint = diagnostics_text(result, diagnostics_bytes);
      auto repaired = repair(child, complaint);
      if (!repaired) return reject(Outcome::build_failed, complaint);
      child = std::move(*repaired);
      result = compile(child.source);
      if (!result.ok) {
        return reject(Outcome::build_failed, diagnostics_text(result, diagnostics_bytes));
      }
      proposal_.attempt.repaired = true;
    }
    finish(std::move(child), result);
  }

  /// One more turn of the mutator that wrote it, where it repairs at all.
  std::optional<Child> repair(const Child& child, const std::string& complaint) {
    Json request = assignment_.request;
    request["child"] = {
        {"source", child.source}, {"note", child.note}, {"conversation", child.conversation}};
    request["diagnostics"] = complaint;
    const auto start = Clock::now();
    const auto first_digest = proposal_.attempt.source_digest;
    auto repaired = ask_mutator("repair", request);
    proposal_.attempt.propose_seconds += seconds_since(start);
    if (!repaired) return std::nullopt;
    if (repaired->note.empty()) repaired->note = child.note;
    const bool fresh = is_new(*repaired);
    workshop_.known.settle(first_digest, assignment_.attempt.id, Outcome::build_failed);
    return fresh ? std::move(repaired) : std::nullopt;
  }

  void finish(Child child, const BuildResult& built) {
    auto& attempt = proposal_.attempt;
    const auto code = workshop_.code_digest(built.object);
    if (const auto twin = workshop_.known.claim(code, attempt.id)) {
      attempt.twin = twin->attempt;
      return reject(Outcome::duplicate, duplicate_text("the machine code", *twin));
    }
    Program program;
    program.attempt = attempt.id;
    program.name = fmt::format("gen_{}", attempt.id);
    program.source = std::move(child.source);
    program.language = assignment_.language;
    program.source_digest = attempt.source_digest;
    program.code_digest = code;
    program.parents = std::move(child.parents);
    program.generation = assignment_.generation;
    program.island = attempt.island;
    program.mutator = attempt.mutator;
    program.note = std::move(child.note);
    program.details = std::move(child.details);
    program.kernels = built.kernels;
    if (workshop_.advise) program.advice = workshop_.advise(built.object, built.kernels);
    program.result.build_seconds = built.seconds;
    program.result.build_cached = built.cached;
    attempt.source.clear();  // it is the program's
    proposal_.object = built.object;
    proposal_.program = std::move(program);
  }

  const Assignment& assignment_;
  const Workshop& workshop_;
  const std::stop_token& stop_;
  Proposal proposal_;
  std::size_t asked_ = 0;  // of the recorded exchanges
  std::string llm_error_;
};

}  // namespace

std::string diagnostics_text(const BuildResult& build, std::size_t limit_bytes) {
  if (build.timed_out) return "the compiler took too long";
  constexpr std::size_t most_notes = 3;  // that explain one complaint, e.g. where a macro stands
  std::string text;
  std::size_t left_out = 0;
  const auto add = [&](const Diagnostic& d) {
    const auto file = std::filesystem::path(d.file).filename().string();
    const auto line = fmt::format("{}:{}: {}: {}\n", file, d.line, d.severity, d.message);
    if (text.size() + line.size() > limit_bytes) {
      ++left_out;
    } else {
      text += line;
    }
  };
  for (const bool errors : {true, false}) {
    bool wanted = false;
    std::size_t notes = 0;
    for (const auto& d : build.diagnostics) {
      if (d.severity == "note") {
        if (wanted && notes++ < most_notes) add(d);
        continue;
      }
      wanted = (d.severity.find("error") != std::string::npos) == errors;
      notes = 0;
      if (wanted) add(d);
    }
  }
  if (left_out > 0) text += fmt::format("({} more)\n", left_out);
  if (text.empty()) text = build.log.substr(0, limit_bytes);
  return text.empty() ? "the compiler failed without a word" : text;
}

Proposal make_proposal(const Assignment& assignment, const Workshop& workshop,
                       const std::stop_token& stop) {
  return Making(assignment, workshop, stop).run();
}

}  // namespace fihost::search
