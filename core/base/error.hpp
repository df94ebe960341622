// A broken contract or failed I/O. Expected outcomes are data in result structs, never exceptions.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>

namespace fihost {

/// Whose fault it was; decides the exit code of the command line (see docs/architecture.md).
enum class Fault { usage, environment, internal };

/// One line: what failed, on what, found and wanted, what to do.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& what, Fault fault = Fault::environment)
      : std::runtime_error(what), fault_(fault) {}
  [[nodiscard]] Fault fault() const noexcept { return fault_; }

 private:
  Fault fault_;
};

/// throw Error with a formatted message.
template <class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(fmt::format(format, std::forward<Args>(args)...));
}

/// The text of errno value `code`, thread-safe.
[[nodiscard]] std::string errno_text(int code);

}  // namespace fihost
