// fihost report RUN: what a run of the evolution came to.
#pragma once

#include <filesystem>

#include "tools/fihost/arguments.hpp"

namespace fihost {

/// Whether `path` is a run: its folder, its SQLite file, or a document that --json wrote of it. By
/// what it holds, not by its name.
[[nodiscard]] bool is_run(const std::filesystem::path& path);

/// A summary on stdout, the document with --json, or a page with --output. Returns the exit code;
/// throws Error.
int report_run(const Arguments& arguments, const std::filesystem::path& path);

}  // namespace fihost
