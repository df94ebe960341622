// A look at a shared object before it is loaded, because loading it runs its code.
#pragma once

#include <filesystem>
#include <string>

namespace fihost {

/// Why `path` cannot be a plugin for this machine, or "". A file that passes may still be refused
/// by the loader. Never throws on what the file holds; throws Error when it cannot be read.
///
/// Looks for the entry symbol's name among the file's strings. Boost.DLL's library_info would do it
/// by the symbol table that `strip` removes, and reads out of bounds on a damaged file.
[[nodiscard]] std::string plugin_refusal(const std::filesystem::path& path);

}  // namespace fihost
