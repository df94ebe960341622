// Text as lines. Views borrow the text that they were made from.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mutator_llm {

using Lines = std::vector<std::string_view>;

/// A half-open range of lines, counted from 0.
struct LineRange {
  std::size_t begin = 0, end = 0;
  [[nodiscard]] std::size_t size() const { return end - begin; }
};

/// Every line without its end; what follows the last line end is a line only if it holds something.
[[nodiscard]] Lines split_lines(std::string_view text);
/// The lines of `range` again, each with a line end.
[[nodiscard]] std::string joined(const Lines& lines, LineRange range);
[[nodiscard]] std::string joined(const Lines& lines);

/// CR LF and lone CR become LF.
[[nodiscard]] std::string with_unix_line_ends(std::string_view text);
/// LF becomes CR LF.
[[nodiscard]] std::string with_dos_line_ends(std::string_view text);

[[nodiscard]] std::string_view without_trailing_blanks(std::string_view line);
[[nodiscard]] std::string_view trimmed(
    std::string_view text);  ///< blanks and line ends, both sides
[[nodiscard]] std::string_view indentation(std::string_view line);
[[nodiscard]] bool blank(std::string_view line);
/// Words with one blank between them: equal for lines that differ in blanks only.
[[nodiscard]] std::string words_of(std::string_view line);

/// At most `bytes` of `text`, cut between characters.
[[nodiscard]] std::string_view prefix(std::string_view text, std::size_t bytes);
/// `text`, or when it is longer than `bytes` its beginning and end with a line between them that says
/// how many bytes are missing.
[[nodiscard]] std::string elided(std::string_view text, std::size_t bytes);

/// The lines of `range` with their numbers from 1, long ones cut: for a person or a model.
[[nodiscard]] std::string numbered(const Lines& lines, LineRange range);
/// "line 7", "lines 7-9", counted from 1.
[[nodiscard]] std::string place_text(LineRange range);

}  // namespace mutator_llm
