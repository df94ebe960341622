// Where rankings go: the terminal, a document on stdout, files.
#pragma once

#include <vector>

#include "core/eval/ranking.hpp"
#include "tools/fihost/arguments.hpp"

namespace fihost {

/// --csv, --markdown and --html, each with a file or "-" for stdout.
[[nodiscard]] std::vector<Option> ranking_output_options();

/// Whether one of these options was given.
[[nodiscard]] bool wants_ranking_output(const Arguments& arguments);

/// Whether stdout carries a document. Throws Error (usage) when it would be several; `json`: one of
/// them is --json's.
[[nodiscard]] bool document_on_stdout(const Arguments& arguments, bool json);

/// Writes what the options ask for. Throws Error when a file cannot be written.
void write_rankings(const Arguments& arguments, const std::vector<Ranking>& rankings);

}  // namespace fihost
