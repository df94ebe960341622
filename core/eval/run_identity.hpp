// What makes two measurements the same measurement.
#pragma once

#include <filesystem>
#include <string>

#include "core/eval/evaluation.hpp"
#include "core/eval/result_store.hpp"
#include "core/eval/trusted_objects.hpp"

namespace fihost {

/// Hashes of everything that decides a candidate's result beside the candidate itself: this
/// installation's worker, the reference, definition and tolerance, the selected workloads with size
/// and time of their blobs, the device and its driver, timing and time limit; and, in `key`, the seed.
[[nodiscard]] RunIdentity identify(const EvaluationRequest& request, const TrustedObjects& trusted);

/// SHA-256 of a file's content. Throws Error.
[[nodiscard]] std::string content_digest(const std::filesystem::path& file);

}  // namespace fihost
