#include "core/solution/solution_build.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/base/error.hpp"
#include "core/base/hash.hpp"
#include "core/base/temp_dir.hpp"
#include "core/build/build_step.hpp"
#include "core/build/command_line.hpp"
#include "core/build/object_cache.hpp"
#include "core/build/object_file.hpp"
#include "core/solution/tvm_ffi_install.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

/// Raise it when the meaning of a kept object changes.
constexpr std::string_view cache_format = "solution 1";

bool is_one_of(const std::string& suffix, std::initializer_list<const char*> suffixes) {
  return std::find(suffixes.begin(), suffixes.end(), suffix) != suffixes.end();
}

std::string suffix_of(const SolutionSource& source) { return fs::path(source.path).extension(); }

bool is_compiled(const SolutionSource& source) {
  return is_one_of(suffix_of(source), {".cu", ".cpp", ".cc", ".cxx", ".c"});
}

bool names_cuda(std::string hardware) {
  std::transform(hardware.begin(), hardware.end(), hardware.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return hardware == "cuda";
}

/// Whether CUDA's libraries are linked.
bool wants_cuda(const Solution& solution) {
  const auto& hardware = solution.target_hardware;
  return has_cuda_source(solution) || std::any_of(hardware.begin(), hardware.end(), names_cuda);
}

Words c_compiler() {
  const char* given = std::getenv("CC");
  return split_words(given != nullptr && *given != '\0' ? given : "cc");
}

Words cxx_compiler(const Toolchain& tools) {
  if (tools.cxx.empty()) fail("cannot build a solution: no C++ compiler; install g++ or set CXX");
  return split_words(tools.cxx);
}

std::string nvcc_of(const Toolchain& tools) {
  if (!tools.nvcc) {
    fail(
        "cannot build a CUDA solution: no nvcc in $CUDA_HOME/bin, PATH or /usr/local/cuda/bin; "
        "install the CUDA toolkit");
  }
  return *tools.nvcc;
}

/// The command lines of one build.
class Commands {
 public:
  Commands(const SolutionBuildRequest& request, const TvmFfiInstall& tvm_ffi, fs::path work)
      : request_(request), tvm_ffi_(tvm_ffi), work_(std::move(work)) {}

  /// To be run in the folder of the sources.
  [[nodiscard]] Words compile(const SolutionSource& source, const fs::path& object) const {
    const auto suffix = suffix_of(source);
    Words words;
    if (suffix == ".cu") {
      words = {nvcc_of(request_.toolchain), "-Xcompiler", "-fPIC", "-std=c++17", "-O2"};
      for (const auto& arch : request_.archs) words.push_back(gencode(arch));
    } else if (suffix == ".c") {
      words = c_compiler();
      add(words, {"-fPIC", "-O2"});
    } else {
      words = cxx_compiler(request_.toolchain);
      add(words, {"-std=c++17", "-fPIC", "-O2"});
    }
    for (const auto& folder : {tvm_ffi_.include, tvm_ffi_.dlpack_include, work_ / "sources"}) {
      words.push_back("-I" + folder.string());
    }
    add(words, {"-c", source.path, "-o", object.string()});
    return words;
  }

  [[nodiscard]] Words link(const std::vector<fs::path>& objects) const {
    auto words = cxx_compiler(request_.toolchain);
    for (const auto& object : objects) words.push_back(object.string());
    add(words, {"-o", (work_ / "object.so").string(), "-shared",
                "-L" + tvm_ffi_.library.parent_path().string(), "-ltvm_ffi"});
    if (!wants_cuda(request_.solution)) return words;
    const auto root = cuda_root(nvcc_of(request_.toolchain));
    // Where there is no driver its library is a stub; what is not used is not asked for at run time.
    add(words, {"-L" + (root / "lib64").string(), "-L" + (root / "lib64/stubs").string(),
                "-Wl,-rpath," + (root / "lib64").string(), "-Wl,--as-needed", "-lcudart", "-lcuda",
                "-lcublas"});
    return words;
  }

 private:
  static void add(Words& to, std::initializer_list<std::string> words) {
    to.insert(to.end(), words);
  }
  const SolutionBuildRequest& request_;
  const TvmFfiInstall& tvm_ffi_;
  fs::path work_;
};

std::string object_key(const SolutionBuildRequest& request, const TvmFfiInstall& tvm_ffi) {
  Hash hash;
  hash.add(cache_format).add(content_hash(request.solution));
  // The same commands for any working folder.
  const Commands commands(request, tvm_ffi, {});
  for (const auto& source : request.solution.sources) {
    if (!is_compiled(source)) continue;
    for (const auto& word : commands.compile(source, {})) hash.add(word);
  }
  for (const auto& word : commands.link({})) hash.add(word);
  hash.add(tvm_ffi.version).add(request.toolchain.cxx_version).add(request.toolchain.nvcc_version);
  add_compiler_environment(hash);
  return hash.hex();
}

void complain(BuildResult& result, const Solution& solution, std::string message) {
  result.ok = false;
  result.diagnostics.push_back({.file = solution.entry_point.file,
                                .line = 1,
                                .severity = "error",
                                .message = std::move(message)});
}

/// It links, but is it what the solution says?
void check_entry(const fs::path& object, const Solution& solution, BuildResult& result) {
  const auto file = inspect_object(object);
  const auto& functions = file.tvm_ffi_functions;
  const auto& wanted = solution.entry_point.symbol;
  if (std::find(functions.begin(), functions.end(), wanted) != functions.end()) return;
  complain(result, solution,
           fmt::format("it compiles, but exports no TVM-FFI function '{}', only {}; wanted "
                       "TVM_FFI_DLL_EXPORT_TYPED_FUNC({}, ...)",
                       wanted,
                       functions.empty() ? "none" : fmt::format("{}", fmt::join(functions, ", ")),
                       wanted));
}

}  // namespace

std::string unsupported(const Solution& solution) {
  const auto language = solution.language;
  if (language != SolutionLanguage::cuda && language != SolutionLanguage::cpp) {
    return fmt::format("unsupported language {}: it needs Python; fihost builds cuda and cpp",
                       name(language));
  }
  if (solution.binding == SolutionBinding::torch) {
    return "unsupported binding torch: it needs Python; fihost takes tvm-ffi";
  }
  if (!solution.destination_passing_style) {
    return "it returns its outputs; only destination-passing style is supported, where the outputs "
           "are the last arguments";
  }
  return {};
}

bool has_cuda_source(const Solution& solution) {
  return std::any_of(solution.sources.begin(), solution.sources.end(),
                     [](const SolutionSource& source) { return suffix_of(source) == ".cu"; });
}

void write_sources(const Solution& solution, const fs::path& folder) {
  for (const auto& source : solution.sources) {
    if (!is_source_path(source.path) || source.path.find('\0') != std::string::npos) {
      fail("solution {}: the source path \"{}\" leads out of its folder", solution.name,
           source.path);
    }
  }
  for (const auto& source : solution.sources) write_text(folder / source.path, source.content);
}

BuildResult build_solution(const SolutionBuildRequest& request, std::chrono::milliseconds timeout,
                           std::stop_token stop) {
  const auto start = Clock::now();
  const auto spent = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  const BuildLimit limit(timeout, std::move(stop));
  const auto tvm_ffi = require_tvm_ffi();
  const auto& solution = request.solution;
  const auto key = object_key(request, tvm_ffi);
  const ObjectCache cache(fs::absolute(request.cache) / "objects");
  if (auto kept = cache.find(key, solution.entry_point.file)) {
    kept->seconds = spent();
    return std::move(*kept);
  }
  const TempDir work("fihost-solution");
  const auto sources = work.path() / "sources";
  write_sources(solution, sources);
  const Commands commands(request, tvm_ffi, work.path());
  BuildResult result;
  result.ok = true;
  std::vector<fs::path> objects;
  for (const auto& source : solution.sources) {
    if (!result.ok || !is_compiled(source)) continue;
    objects.push_back(work.path() / fmt::format("{}.o", objects.size()));
    result.ok = run_step(commands.compile(source, objects.back()), sources, limit, result);
  }
  if (result.ok) result.ok = run_step(commands.link(objects), sources, limit, result);
  if (result.ok) check_entry(work.path() / "object.so", solution, result);
  result.seconds = spent();
  if (result.ok) {
    result.object = cache.keep(key,
                               {.object = work.path() / "object.so",
                                .source = solution.entry_point.file,
                                .dependencies = {},
                                .started = {}},
                               result);
  }
  return result;
}

}  // namespace fihost
