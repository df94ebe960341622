#include "core/solution/tvm_ffi_install.hpp"

#include <cstdlib>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/process.hpp"
#include "core/build/text_lines.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

/// The number that `#define NAME number` gives; -1: there is none.
int macro(std::string_view header, std::string_view name) {
  const auto at = header.find(fmt::format("#define {} ", name));
  if (at == std::string_view::npos) return -1;
  return std::atoi(std::string(header.substr(at + name.size() + 9, 12)).c_str());
}

TvmFfiInstall checked(TvmFfiInstall install, const std::string& origin) {
  const auto header = install.include / "tvm/ffi/c_api.h";
  for (const auto& file : {header, install.dlpack_include / "dlpack/dlpack.h", install.library}) {
    if (!fs::exists(file)) {
      fail("{} names an incomplete TVM-FFI: there is no {}; pip install apache-tvm-ffi", origin,
           file.string());
    }
  }
  const auto text = read_text(header);
  install.version =
      fmt::format("{}.{}.{}", macro(text, "TVM_FFI_VERSION_MAJOR"),
                  macro(text, "TVM_FFI_VERSION_MINOR"), macro(text, "TVM_FFI_VERSION_PATCH"));
  return install;
}

/// What `program` prints as its two include folders and its library.
std::optional<TvmFfiInstall> ask(std::vector<std::string> program) {
  const auto name = program.front();
  // The answers come in this order whatever the order of the options.
  for (const auto* option : {"--includedir", "--dlpack-includedir", "--libfiles"}) {
    program.emplace_back(option);
  }
  try {
    const auto output =
        run({.arguments = std::move(program), .environment = {}, .directory = {}, .files = {}},
            std::chrono::seconds(30));
    std::vector<fs::path> lines;
    for_each_line(output.out, [&](std::string_view line) { lines.emplace_back(line); });
    if (!output.exit.ok() || lines.size() != 3) return std::nullopt;
    return checked(
        {.include = lines[0], .dlpack_include = lines[1], .library = lines[2], .version = {}},
        name);
  } catch (const Error& e) {
    if (find_program(name)) throw;
    return std::nullopt;
  }
}

}  // namespace

std::optional<TvmFfiInstall> find_tvm_ffi() {
  if (const char* folder = std::getenv("FIHOST_TVM_FFI"); folder != nullptr && *folder != '\0') {
    const fs::path root = fs::absolute(folder);
    return checked({.include = root / "include",
                    .dlpack_include = root / "include",
                    .library = root / "lib/libtvm_ffi.so",
                    .version = {}},
                   "$FIHOST_TVM_FFI");
  }
  if (auto found = ask({"tvm-ffi-config"})) return found;
  return ask({"python3", "-m", "tvm_ffi.config"});
}

TvmFfiInstall require_tvm_ffi() {
  auto found = find_tvm_ffi();
  if (!found) {
    fail(
        "TVM-FFI's headers were not found: pip install apache-tvm-ffi, or set FIHOST_TVM_FFI to "
        "the folder of its Python package tvm_ffi");
  }
  return std::move(*found);
}

}  // namespace fihost
