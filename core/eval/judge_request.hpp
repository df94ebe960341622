// What a judge is told when it is opened.
#pragma once

#include "core/eval/evaluation.hpp"
#include "core/eval/judge_client.hpp"
#include "core/eval/trusted_objects.hpp"

namespace fihost {

[[nodiscard]] JudgeSettings judge_settings(const EvaluationRequest& request,
                                           const TrustedObjects& trusted);

}  // namespace fihost
