#include "core/build/command_line.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "core/base/error.hpp"
#include "core/base/hash.hpp"
#include "core/base/json.hpp"
#include "core/build/text_lines.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

/// Raise it when the meaning of a kept object changes.
constexpr std::string_view cache_format = "1";

void append(std::vector<std::string>& to, std::initializer_list<std::string> words) {
  to.insert(to.end(), words);
}

/// Flags for the linker; nvcc -c does not take them.
bool is_link_flag(std::string_view flag) {
  if (flag == "-lineinfo") return false;
  return flag.starts_with("-l") || flag.starts_with("-L") || flag.starts_with("-Wl,");
}

std::vector<std::string> compile_cuda(const Toolchain& tools, const BuildRequest& request) {
  if (!tools.nvcc) {
    fail(
        "cannot build {}: no nvcc in $CUDA_HOME/bin, PATH or /usr/local/cuda/bin; install the CUDA "
        "toolkit",
        request.source.string());
  }
  if (request.archs.empty()) {
    throw Error("cannot build " + request.source.string() + ": no architecture was named",
                Fault::usage);
  }
  std::vector<std::string> command;
  if (tools.ccache) command.push_back(*tools.ccache);
  append(command, {*tools.nvcc, "-std=c++20", "-O3", "-lineinfo"});
  for (const auto& arch : request.archs) command.push_back(gencode(arch));
  append(command, {"-Xcompiler", "-fPIC,-fvisibility=hidden", "-Xptxas", "-v"});
  return command;
}

std::vector<std::string> host_compiler(const Toolchain& tools, const fs::path& source) {
  if (tools.cxx.empty()) {
    fail("cannot build {}: no C++ compiler; install g++ or set CXX", source.string());
  }
  return split_words(tools.cxx);
}

/// The folder of libcudart_static.a, unless the linker knows it anyway.
std::optional<fs::path> cuda_libraries(const std::string& nvcc) {
  const auto root = cuda_root(nvcc);
  for (const auto* folder :
       {"lib64", "targets/x86_64-linux/lib", "targets/sbsa-linux/lib", "lib"}) {
    if (fs::exists(root / folder / "libcudart_static.a")) return root / folder;
  }
  return std::nullopt;
}

/// The processor that -march=native means.
std::string cpu_model() {
  std::string model;
  for_each_line(read_text("/proc/cpuinfo"), [&](std::string_view line) {
    if (line.empty()) return;
    const bool telling = line.starts_with("model name") || line.starts_with("flags") ||
                         line.starts_with("Features") || line.starts_with("CPU part");
    if (telling && model.find(line) == std::string::npos) model += line;
  });
  return model;
}

void add_sdk(Hash& hash, const fs::path& prefix) {
  std::vector<fs::path> headers;
  const auto include = prefix / "include" / "fihost";
  std::error_code code;
  constexpr auto options = fs::directory_options::follow_directory_symlink;
  for (fs::recursive_directory_iterator it(include, options, code), end; !code && it != end;
       it.increment(code)) {
    if (it->is_regular_file()) headers.push_back(it->path());
  }
  if (headers.empty()) fail("no SDK headers in {}; install fihost again", include.string());
  std::sort(headers.begin(), headers.end());
  for (const auto& header : headers) {
    hash.add(header.lexically_relative(include).string()).add(read_text(header));
  }
  hash.add(read_text(prefix / "share" / "fihost" / "exports.map"));
}

}  // namespace

Language language_of(const fs::path& source) {
  if (source.extension() == ".cu") return Language::cuda;
  if (source.extension() == ".cpp") return Language::cpp;
  throw Error("cannot build " + source.string() + ": the suffix must be .cu or .cpp", Fault::usage);
}

std::vector<std::string> compile_command(const Toolchain& tools, const BuildPlace& place,
                                         const BuildRequest& request) {
  std::vector<std::string> command;
  if (language_of(request.source) == Language::cuda) {
    command = compile_cuda(tools, request);
  } else {
    command = host_compiler(tools, request.source);
    append(command,
           {"-std=c++20", "-O3", "-march=native", "-fPIC", "-fvisibility=hidden", "-pthread"});
  }
  command.push_back("-I" + (place.prefix / "include").string());
  for (const auto& flag : request.flags) {
    if (!is_link_flag(flag)) command.push_back(flag);
  }
  append(command, {"-MD", "-MF", (place.work / "object.d").string(), "-c", place.source.string(),
                   "-o", (place.work / "object.o").string()});
  return command;
}

std::vector<std::string> link_command(const Toolchain& tools, const BuildPlace& place,
                                      const BuildRequest& request) {
  const bool cuda = language_of(request.source) == Language::cuda;
  auto command = host_compiler(tools, request.source);
  append(command,
         {"-shared", (place.work / "object.o").string(), "-o", (place.work / "object.so").string(),
          "-Wl,--version-script=" + (place.prefix / "share/fihost/exports.map").string(),
          "-Wl,--no-undefined", "-Wl,-z,relro,-z,now"});
  if (!cuda) append(command, {"-O3", "-march=native", "-pthread"});
  for (const auto& flag : request.flags) {
    if (!cuda || is_link_flag(flag)) command.push_back(flag);
  }
  if (cuda) {
    if (const auto folder = cuda_libraries(*tools.nvcc)) command.push_back("-L" + folder->string());
    append(command, {"-lcudart_static", "-ldl", "-lrt", "-lpthread"});
  }
  return command;
}

std::string object_key(const Toolchain& tools, const BuildPlace& place,
                       const BuildRequest& request) {
  // The commands as they would be for any installation, working folder and ccache: the content of
  // the SDK counts, not its place, and so does the source's.
  Toolchain plain = tools;
  plain.ccache.reset();
  const BuildPlace anywhere{.prefix = {}, .work = {}, .source = place.source.filename()};
  Hash hash;
  hash.add(cache_format).add(read_text(place.source));
  for (const auto& word : compile_command(plain, anywhere, request)) hash.add(word);
  for (const auto& word : link_command(plain, anywhere, request)) hash.add(word);
  hash.add(tools.cxx_version);
  // Flags may name folders relative to the current one.
  hash.add(request.flags.empty() ? "" : fs::current_path().string());
  const bool cuda = language_of(place.source) == Language::cuda;
  hash.add(cuda ? tools.nvcc_version : cpu_model());
  add_sdk(hash, place.prefix);
  add_compiler_environment(hash);
  return hash.hex();
}

void add_compiler_environment(Hash& hash) {
  for (const auto* name : {"CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "LIBRARY_PATH",
                           "NVCC_PREPEND_FLAGS", "NVCC_APPEND_FLAGS", "NVCC_CCBIN"}) {
    const char* value = std::getenv(name);
    hash.add(value != nullptr ? value : "");
  }
}

std::string gencode(const std::string& arch) {
  std::string_view digits = arch;
  const bool known = take_prefix(digits, "sm_");
  const auto end = digits.find_first_not_of("0123456789");
  const auto suffix = digits.substr(std::min(end, digits.size()));
  if (!known || end == 0 || digits.empty() || (suffix != "" && suffix != "a" && suffix != "f")) {
    throw Error("no such architecture: \"" + arch + "\"; wanted a name like sm_90a", Fault::usage);
  }
  return fmt::format("-gencode=arch=compute_{},code=sm_{}", digits, digits);
}

std::vector<std::string> compiler_environment() {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (!text.starts_with("LC_ALL=") && !text.starts_with("LANGUAGE=")) out.emplace_back(text);
  }
  out.emplace_back("LC_ALL=C");
  return out;
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    if (!word.empty()) words.emplace_back(word);
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  return words;
}

fs::path cuda_root(const std::string& nvcc) {
  std::error_code code;
  const auto real = fs::canonical(nvcc, code);
  return (code ? fs::path(nvcc) : real).parent_path().parent_path();
}

}  // namespace fihost
