// Where this installation and this user keep things.
#pragma once

#include <filesystem>

namespace fihost {

/// The tree this program was started from: <prefix>/bin/fihost. The build tree has the same shape.
[[nodiscard]] std::filesystem::path install_prefix();

/// $FIHOST_CACHE, else $XDG_CACHE_HOME/fihost, else ~/.cache/fihost, else a folder under /tmp.
[[nodiscard]] std::filesystem::path cache_dir();

}  // namespace fihost
