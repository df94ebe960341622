// A FlashInfer Trace solution: one implementation of a definition as sources and how to build them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/model/lax_json.hpp"

namespace fihost {

/// The complete list of the format.
enum class SolutionLanguage { python, triton, cpp, cuda, tilelang };
[[nodiscard]] std::string_view name(SolutionLanguage language);
[[nodiscard]] std::optional<SolutionLanguage> parse_solution_language(std::string_view name);

/// How compiled code meets Python. "tvm-ffi" and "torch".
enum class SolutionBinding { tvm_ffi, torch };
[[nodiscard]] std::string_view name(SolutionBinding binding);
[[nodiscard]] std::optional<SolutionBinding> parse_solution_binding(std::string_view name);

/// "kernel.cu::run".
struct EntryPoint {
  std::string file;    ///< the path of a source, letter for letter
  std::string symbol;  ///< what the built module exports
};
[[nodiscard]] std::string text(const EntryPoint& entry);

struct SolutionSource {
  std::string path;  ///< relative, without a ".." part
  std::string content;
};

/// The order of the sources is the file's order and part of the hash.
struct Solution {
  std::string name;
  std::string definition;
  std::string author;
  std::optional<std::string> description;
  SolutionLanguage language = SolutionLanguage::cuda;
  std::vector<std::string> target_hardware;  ///< at least one: "cuda", "cpu", names of GPUs
  EntryPoint entry_point;
  std::vector<std::string> dependencies;   ///< informative; no builder uses them
  bool destination_passing_style = true;   ///< outputs are the last arguments
  std::optional<SolutionBinding> binding;  ///< none: TVM-FFI for cpp and cuda
  std::vector<SolutionSource> sources;
};

/// Check and convert, adding what is wrong to `bad`; what is returned then is of no use. Unknown keys
/// are ignored.
[[nodiscard]] Solution read_solution(const Json& json, Violations& bad);

/// The same. `origin` names the file in errors. Throws Error listing every violation of the
/// schema, one per line after the first.
[[nodiscard]] Solution parse_solution(const Json& json, const std::string& origin);

/// Whether `path` may name a source: not empty, relative, no ".." part.
[[nodiscard]] bool is_source_path(std::string_view path);

/// As the format writes it; optional members that were never set are left out.
[[nodiscard]] Json to_json(const Solution& solution);

/// The format's identity of a solution: 40 hexadecimal digits over definition, language, entry point,
/// binding, dependencies and sources. Name, author, description, target hardware and calling style
/// are no part of it.
[[nodiscard]] std::string content_hash(const Solution& solution);

}  // namespace fihost
