#include "core/eval/trusted_objects.hpp"

#include <fihost/tensor.h>

#include "core/base/cancelled.hpp"
#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/eval/first_line.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

constexpr auto build_timeout = std::chrono::minutes(10);

bool same_content(const fs::path& a, const fs::path& b) {
  std::error_code error;
  if (!fs::is_regular_file(b, error)) return false;
  return fs::equivalent(a, b, error) || read_text(a) == read_text(b);
}

/// The installed object of `source`, if that is an unchanged copy of the installed source.
std::optional<fs::path> installed(const TrustedRequest& request, const std::string& role,
                                  const fs::path& source, const std::string& device_type) {
  const auto& name = request.task.definition.name;
  const auto object =
      request.prefix / "lib/fihost/candidates" / name / (role + "." + device_type + ".so");
  std::error_code error;
  if (!fs::is_regular_file(object, error)) return std::nullopt;
  const auto original = request.prefix / "share/fihost/candidates" / name / source.filename();
  if (!same_content(source, original)) return std::nullopt;
  return object;
}

fs::path build(const TrustedRequest& request, const fs::path& source, const Builder& builder,
               const std::stop_token& stop) {
  const auto result =
      builder.build({.source = source, .archs = request.archs, .flags = {}}, build_timeout, stop);
  check_cancelled(stop);
  if (result.ok) return result.object;
  std::string reason = result.timed_out ? "the compiler did not finish in time" : "";
  for (const auto& diagnostic : result.diagnostics) {
    if (!reason.empty() || diagnostic.severity.find("error") == std::string::npos) continue;
    reason = fmt::format("line {}: {}", diagnostic.line, diagnostic.message);
  }
  if (reason.empty()) reason = first_line(result.log);
  fail("cannot build {}: {}", source.string(), reason);
}

std::optional<fs::path> find(const TrustedRequest& request, const std::string& role,
                             const std::string& device_type, const Builder& builder,
                             const std::stop_token& stop) {
  const int type = device_type == "cuda" ? FIHOST_CUDA : FIHOST_CPU;
  const auto source = trusted_source(request.task, role, type);
  if (!source) return std::nullopt;
  if (auto object = installed(request, role, *source, device_type)) return object;
  return build(request, *source, builder, stop);
}

}  // namespace

TrustedObjects trusted_objects(const TrustedRequest& request, const Builder& builder,
                               std::stop_token stop) {
  const auto& type = request.device.type;
  std::optional<fs::path> reference;
  if (request.choice != ReferenceChoice::torch) {
    reference = find(request, "reference", type, builder, stop);
  }
  if (!reference && request.choice == ReferenceChoice::native) {
    fail(
        "definition {} has no reference for {}: found no {} in {}; add it, or take another "
        "--device",
        request.task.definition.name, type, type == "cuda" ? "reference.cu" : "reference.cpp",
        request.task.folder.empty() ? std::string("any task folder")
                                    : request.task.folder.string());
  }
  TrustedObjects objects{.reference = reference.value_or(fs::path()), .generator = std::nullopt};
  objects.generator = find(request, "generator", type, builder, stop);
  if (!objects.generator && type != "cpu") {
    objects.generator = find(request, "generator", "cpu", builder, stop);
  }
  return objects;
}

}  // namespace fihost
