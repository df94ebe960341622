// What the other end of an output stream can show.
#pragma once

#include <string>
#include <string_view>

namespace fihost {

struct Terminal {
  bool interactive = false;  ///< a person watches: bars may be redrawn
  bool colour = false;
  int width = 0;   ///< columns; 0: unlimited
  int height = 0;  ///< rows; 0: unlimited
};

/// Of descriptor `fd`. Colours only on a terminal that is not "dumb", or where CLICOLOR_FORCE is set;
/// never when NO_COLOR is set. Set means: to something.
[[nodiscard]] Terminal terminal_of(int fd);

/// How a piece of text is meant.
enum class Tone { plain, strong, good, bad, warning, faint };

/// `text` in the colours of `tone`, or as it is when `colour` is false.
[[nodiscard]] std::string painted(std::string_view text, Tone tone, bool colour);

/// `text` without control characters: nothing that a candidate says steers the terminal.
[[nodiscard]] std::string printable(std::string_view text);

/// Columns that `text` takes: UTF-8 code points, none of them double-width.
[[nodiscard]] std::size_t columns_of(std::string_view text);

/// `text` cut to `columns`, the last one an ellipsis when something was lost; 0: unlimited.
[[nodiscard]] std::string fitted(std::string_view text, std::size_t columns);

}  // namespace fihost
