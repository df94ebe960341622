#include "tools/fihost/standard_output.hpp"

#include <cerrno>
#include <cstdio>

#include "core/base/error.hpp"

namespace fihost {

void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    fail("cannot write to the standard output: {}", errno_text(errno));
  }
}

void print_json(const Json& document) { print(dump(document, 2) + "\n"); }

}  // namespace fihost
