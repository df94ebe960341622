// What a run says of its events, one line each.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/model/workload.hpp"
#include "core/search/course.hpp"
#include "core/search/program.hpp"
#include "core/search/run_store.hpp"

namespace fihost::search {

/// "gen_12 (llm_diff, island 1): build_failed: gen_12.cu:7: error: ..."
[[nodiscard]] std::string rejection_text(const Attempt& attempt);
/// The same of what was evaluated, with score and rematch.
[[nodiscard]] std::string result_text(const Attempt& attempt, const Program& program,
                                      const std::optional<Rematch>& rematch,
                                      const Settlement& settled);
[[nodiscard]] std::string champion_text(const Program& champion, const std::string& before,
                                        const Rematch& rematch);
/// "INCORRECT_NUMERICAL on seq_len=7: ..."
[[nodiscard]] std::string failure_text(const WorkloadResult& workload);

/// The digests of `profiles`, each under its workload's axes.
[[nodiscard]] std::string profile_text(const std::vector<StoredProfile>& profiles,
                                       const std::vector<Workload>& workloads);

/// What the store is to keep of an evaluated child, but for the state.
[[nodiscard]] RunEvent result_event(const Attempt& attempt, const Program& program,
                                    const Settlement& settled, const Population& population);

}  // namespace fihost::search
