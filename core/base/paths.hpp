// Where this installation and this user keep things.
#pragma once

#include <filesystem>
#include <string>

namespace fihost {

/// The tree this program was started from: <prefix>/bin/fihost. The build tree has the same shape.
[[nodiscard]] std::filesystem::path install_prefix();

/// $FIHOST_CACHE, else $XDG_CACHE_HOME/fihost, else ~/.cache/fihost, else a folder under /tmp.
[[nodiscard]] std::filesystem::path cache_dir();

/// The interpreter that PyTorch references run in: $FIHOST_PYTHON, else "python3".
[[nodiscard]] std::string python_interpreter();

}  // namespace fihost
