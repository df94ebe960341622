#include "core/search/known_sources.hpp"

namespace fihost::search {

std::optional<KnownSources::Known> KnownSources::claim(const std::string& digest,
                                                       AttemptId attempt) {
  if (digest.empty()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto [it, mine] = known_.try_emplace(digest, Known{attempt, Outcome::pending});
  if (mine || it->second.attempt == attempt) return std::nullopt;
  return it->second;
}

void KnownSources::settle(const std::string& digest, AttemptId attempt, Outcome outcome) {
  if (digest.empty()) return;
  const std::lock_guard lock(mutex_);
  known_[digest] = Known{attempt, outcome};
}

void KnownSources::release(AttemptId attempt) {
  const std::lock_guard lock(mutex_);
  std::erase_if(known_, [&](const auto& entry) {
    return entry.second.attempt == attempt && entry.second.outcome == Outcome::pending;
  });
}

}  // namespace fihost::search
