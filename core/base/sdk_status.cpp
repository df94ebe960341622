#include "core/base/sdk_status.hpp"

namespace fihost {

std::string_view status_name(fihost_status status) {
  switch (status) {
    case FIHOST_OK:
      return "OK";
    case FIHOST_INVALID_ARGUMENT:
      return "INVALID_ARGUMENT";
    case FIHOST_UNSUPPORTED:
      return "UNSUPPORTED";
    case FIHOST_OUT_OF_MEMORY:
      return "OUT_OF_MEMORY";
    case FIHOST_CANCELLED:
      return "CANCELLED";
    case FIHOST_DEVICE_ERROR:
      return "DEVICE_ERROR";
    default:  // INTERNAL, and every number this revision does not know
      return "INTERNAL";
  }
}

}  // namespace fihost
