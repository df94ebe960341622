// fihost/error.hpp - how a component fails.
#pragma once

#include <fihost/abi.h>

#include <stdexcept>
#include <string>

namespace fihost::sdk {

/// Thrown inside a component; the glue turns it into a status and one line of text.
class Error : public std::runtime_error {
 public:
  Error(fihost_status status, const std::string& what)
      : std::runtime_error(what), status_(status) {}
  [[nodiscard]] fihost_status status() const noexcept { return status_; }

 private:
  fihost_status status_;
};

}  // namespace fihost::sdk
