#include "core/base/error.hpp"

#include <system_error>

namespace fihost {

std::string errno_text(int code) { return std::generic_category().message(code); }

}  // namespace fihost
