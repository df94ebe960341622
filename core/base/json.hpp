// JSON as the host uses it: ordered, because the order of a definition's tensors is their calling
// order. Files are read with errors that name path and line, and written atomically.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

namespace fihost {

using Json = nlohmann::ordered_json;

/// Parse `text`. Throws Error "<origin>:<line>: ..." on bad JSON. The bare tokens NaN, Infinity and
/// -Infinity, which Python writes, are refused with their line; so is what nests deeper than
/// sdk::deepest_nesting, which could not be copied or printed.
[[nodiscard]] Json parse_json(std::string_view text, std::string_view origin);

/// Read and parse one JSON document. Throws Error when missing or malformed.
[[nodiscard]] Json read_json(const std::filesystem::path& path);

/// The whole file as bytes. Throws Error.
[[nodiscard]] std::string read_text(const std::filesystem::path& path);

/// Replace `path` by `text` through a temporary file and rename(2): a reader sees the old or the
/// new content, never half of one. Parent folders are made. Throws Error.
void write_text(const std::filesystem::path& path, std::string_view text);

/// The same for a content in pieces, which need not lie in memory in one block.
void write_parts(const std::filesystem::path& path, std::span<const std::string_view> parts);

/// Compact text; invalid UTF-8 is replaced, so it never throws on a candidate's log.
[[nodiscard]] std::string dump(const Json& value, int indent = -1);

}  // namespace fihost
