#include "core/solution/packer.hpp"

#include <algorithm>
#include <set>

#include "core/base/error.hpp"
#include "core/solution/binding_source.hpp"
#include "core/solution/config_toml.hpp"
#include "core/solution/solution_build.hpp"
#include "core/solution/source_file.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

/// Gathers a candidate's sources: what it includes from its own folder and from the SDK.
class Gatherer {
 public:
  Gatherer(fs::path folder, fs::path sdk) : folder_(std::move(folder)), sdk_(std::move(sdk)) {}

  void add_candidate(const fs::path& file) {
    add_own(file.filename().string());
    add_sdk("fihost/tvm_ffi.hpp");
  }
  void add_text(SolutionSource source) {
    if (!seen_.insert(source.path).second) {
      fail("{}: a solution holds a generated file of this name", source.path);
    }
    sources_.push_back(std::move(source));
  }
  [[nodiscard]] std::vector<SolutionSource> take() { return std::move(sources_); }

 private:
  /// `name` is relative to the candidate's folder.
  void add_own(const std::string& name) {
    if (!seen_.insert(name).second) return;
    auto source = read_source(folder_ / name, name);
    const auto content = source.content;
    sources_.push_back(std::move(source));
    for (const auto& header : included_names(content, true)) {
      const auto beside = (fs::path(name).parent_path() / header).lexically_normal();
      if (!fs::is_regular_file(folder_ / beside)) continue;  // the compiler will know where it is
      const auto path = beside.generic_string();
      if (!is_source_path(path)) {
        fail("{}: includes \"{}\", which lies outside {}; a solution holds one folder", name,
             header, folder_.string());
      }
      if (beside.extension() == ".cu" || beside.extension() == ".cpp") {
        fail(
            "{}: includes \"{}\"; flashinfer-bench compiles every .cu and .cpp of a solution by "
            "itself: rename it to .cuh or .hpp",
            name, header);
      }
      add_own(path);
    }
    for (const auto& header : included_names(content, false)) {
      if (header.starts_with("fihost/")) add_sdk(header);
    }
  }

  void add_sdk(const std::string& name) {
    if (!is_source_path(name) || !seen_.insert(name).second) return;
    auto source = read_source(sdk_ / name, name);
    for (const auto& header : included_names(source.content, false)) {
      if (header.starts_with("fihost/")) add_sdk(header);
    }
    sources_.push_back(std::move(source));
  }

  fs::path folder_, sdk_;
  std::set<std::string> seen_;
  std::vector<SolutionSource> sources_;
};

bool is_integer(DType dtype) { return !is_floating(dtype) && dtype != DType::boolean; }

/// Scalars that workloads give as 1.0 and the binding takes as an integer.
void note_scalars(const CandidatePackRequest& request, std::vector<std::string>& notes) {
  for (const auto& input : request.definition.inputs) {
    if (!input.scalar() || !is_integer(input.dtype)) continue;
    for (const auto& workload : request.workloads) {
      const auto given = workload.inputs.find(input.name);
      if (given == workload.inputs.end()) continue;
      const auto* scalar = std::get_if<ScalarInput>(&given->second);
      if (scalar == nullptr || !std::holds_alternative<double>(scalar->value)) continue;
      notes.push_back(fmt::format(
          "workload {} gives the {} scalar {} as a number with a fraction, which TVM-FFI refuses "
          "with a TypeError",
          workload.uuid, name(input.dtype), input.name));
      break;
    }
  }
}

/// What of `sources` an entry point without "::" can mean: the functions of that name, else those of
/// the file of that name, else all there are.
std::vector<EntryPoint> meant(const std::string& written,
                              const std::vector<SolutionSource>& sources) {
  std::vector<EntryPoint> by_symbol, by_file, all;
  for (const auto& source : sources) {
    const auto stem = fs::path(source.path).stem().string();
    for (const auto& function : exported_functions(source)) {
      const EntryPoint entry{source.path, function};
      all.push_back(entry);
      if (function == written) by_symbol.push_back(entry);
      if (source.path == written || stem == written) by_file.push_back(entry);
    }
  }
  if (!by_symbol.empty()) return by_symbol;
  return by_file.empty() ? all : by_file;
}

EntryPoint entry_point(const SolutionConfig& config, std::vector<std::string>& notes) {
  const auto& written = config.entry_point;
  const auto at = written.find("::");
  if (at != std::string::npos) return {written.substr(0, at), written.substr(at + 2)};
  const auto choices = meant(written, config.solution.sources);
  if (choices.size() == 1) {
    notes.push_back(fmt::format("{}: entry_point \"{}\" is taken for \"{}\"", config.entry_where,
                                written, text(choices.front())));
    return choices.front();
  }
  std::vector<std::string> possible;
  for (const auto& choice : choices) possible.push_back(text(choice));
  fail("{}: entry_point \"{}\" must read FILE::SYMBOL; {}", config.entry_where, written,
       possible.empty() ? "no source exports a function"
                        : fmt::format("it could be {}", fmt::join(possible, " or ")));
}

/// In the order of `listed`, which must name all of them.
std::vector<SolutionSource> in_order(const std::vector<std::string>& listed, const fs::path& folder,
                                     const fs::path& config) {
  std::vector<SolutionSource> out;
  for (const auto& path : listed) {
    if (!is_source_path(path)) {
      fail("{}: the source \"{}\" must be relative and without \"..\"", config.string(), path);
    }
    out.push_back(read_source(folder / path, path));
  }
  return out;
}

}  // namespace

PackedSolution pack_candidate(const CandidatePackRequest& request) {
  const auto source = fs::absolute(request.source).lexically_normal();
  const bool cuda = source.extension() == ".cu";
  if (!cuda && source.extension() != ".cpp") {
    throw Error(source.string() + ": a candidate to be packed is a .cu or .cpp file", Fault::usage);
  }
  if (read_text(source).find("fihost_candidate_v1") == std::string::npos) {
    fail(
        "{}: defines no fihost_candidate_v1; sources with a binding of their own are packed from a "
        "folder with a config.toml",
        source.string());
  }
  PackedSolution packed;
  Solution& solution = packed.solution;
  solution.name = request.name;
  solution.definition = request.definition.name;
  solution.author = request.author;
  solution.language = cuda ? SolutionLanguage::cuda : SolutionLanguage::cpp;
  solution.target_hardware = {cuda ? "cuda" : "cpu"};
  solution.binding = SolutionBinding::tvm_ffi;
  const std::string binding = cuda ? "fihost_binding.cu" : "fihost_binding.cpp";
  solution.entry_point = {.file = binding, .symbol = "run"};
  Gatherer gatherer(source.parent_path(), request.prefix / "include");
  gatherer.add_candidate(source);
  gatherer.add_text({.path = binding, .content = binding_source(request.definition)});
  solution.sources = gatherer.take();
  note_scalars(request, packed.notes);
  return packed;
}

PackedSolution pack_folder(const fs::path& path) {
  const auto file = fs::is_directory(path) ? path / "config.toml" : path;
  auto config = read_config_toml(file);
  PackedSolution packed;
  packed.notes = config.notes;
  auto folder = fs::absolute(file).parent_path();
  const auto kit = folder / "solution" / name(config.solution.language);
  if (fs::is_directory(kit)) folder = kit;
  config.solution.sources =
      config.sources.empty() ? read_source_folder(folder) : in_order(config.sources, folder, file);
  if (config.solution.sources.empty()) fail("{}: no source in {}", file.string(), folder.string());
  config.solution.entry_point = entry_point(config, packed.notes);
  // The rest of the format's rules.
  packed.solution = parse_solution(to_json(config.solution), file.string());
  return packed;
}

}  // namespace fihost
