#include "core/search/flights.hpp"

#include <exception>
#include <utility>

namespace fihost::search {

void Flights::launch(Assignment assignment) {
  const auto id = assignment.attempt.id;
  auto& flight = flights_[id];
  flight.since = Clock::now();
  flight.thread =
      std::jthread([this, id, assignment = std::move(assignment)](const std::stop_token& stop) {
        Proposal proposal;
        std::exception_ptr failure;
        try {
          proposal = make_proposal(assignment, workshop_, stop);
        } catch (...) {  // to the thread that decides
          failure = std::current_exception();
        }
        landed_(id, std::move(proposal), failure);
      });
}

void Flights::cancel_overdue() {
  for (auto& [id, flight] : flights_) {
    if (flight.overdue || Clock::now() - flight.since < limit_) continue;
    flight.overdue = true;
    flight.thread.request_stop();
  }
}

bool Flights::overdue(AttemptId id) const {
  const auto it = flights_.find(id);
  return it != flights_.end() && it->second.overdue;
}

void Flights::cancel_all() {
  for (auto& [id, flight] : flights_) flight.thread.request_stop();
}

}  // namespace fihost::search
