// The command lines that make a shared object, and the key under which it is kept.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/hash.hpp"
#include "core/build/builder.hpp"

namespace fihost {

enum class Language { cuda, cpp };

/// By the suffix. Throws Error for any but .cu and .cpp.
[[nodiscard]] Language language_of(const std::filesystem::path& source);

/// Where a build happens and what it is made from.
struct BuildPlace {
  std::filesystem::path prefix;  ///< the fihost installation
  std::filesystem::path work;    ///< holds object.o, object.d and object.so
  std::filesystem::path source;  ///< absolute
};

/// Source to object.o, dependencies to object.d. Throws Error when the toolchain lacks the compiler
/// or an architecture is no name of one.
[[nodiscard]] std::vector<std::string> compile_command(const Toolchain& tools,
                                                       const BuildPlace& place,
                                                       const BuildRequest& request);
/// object.o to object.so.
[[nodiscard]] std::vector<std::string> link_command(const Toolchain& tools, const BuildPlace& place,
                                                    const BuildRequest& request);

/// SHA-256 of everything the object depends on but the files it includes from outside the SDK.
[[nodiscard]] std::string object_key(const Toolchain& tools, const BuildPlace& place,
                                     const BuildRequest& request);

/// The nvcc option for machine code of "sm_90a". Throws Error (usage) when that is no architecture.
[[nodiscard]] std::string gencode(const std::string& arch);

/// Add to `hash` what the compilers read besides their arguments.
void add_compiler_environment(Hash& hash);

/// The caller's environment with the C locale, in which the compilers' words are known.
[[nodiscard]] std::vector<std::string> compiler_environment();

/// $CXX may hold a program and arguments.
[[nodiscard]] std::vector<std::string> split_words(std::string_view text);

/// The CUDA toolkit that `nvcc` belongs to.
[[nodiscard]] std::filesystem::path cuda_root(const std::string& nvcc);

}  // namespace fihost
