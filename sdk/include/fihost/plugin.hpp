// fihost/plugin.hpp - write a component as a small class. Header-only, C++20, over plugin.h; needs
// nlohmann/json 3.11.
//
//   class Median final : public fihost::sdk::Scorer {
//    public:
//     static constexpr const char *id = "scorer.median", *version = "1.0.0",
//                                 *summary = "median speedup over the workloads";
//     fihost::sdk::Score score(const fihost::sdk::ScoreRequest& request,
//                              const fihost::sdk::Context& context) override;
//   };
//   FIHOST_PLUGIN("median", Median);
//
// Build it with fihost_add_plugin() in CMake.
#pragma once

#include <fihost/context.hpp>         // IWYU pragma: export
#include <fihost/error.hpp>           // IWYU pragma: export
#include <fihost/glue.hpp>            // IWYU pragma: export
#include <fihost/kinds/executor.hpp>  // IWYU pragma: export
#include <fihost/kinds/llm.hpp>       // IWYU pragma: export
#include <fihost/kinds/mutator.hpp>   // IWYU pragma: export
#include <fihost/kinds/profiler.hpp>  // IWYU pragma: export
#include <fihost/kinds/scorer.hpp>    // IWYU pragma: export
