// A trusted object at work inside the judge: the reference computes what outputs must be, the
// generator what a dataset lacks.
#pragma once

#include <string>
#include <vector>

#include "core/device/device.hpp"
#include "core/device/message.hpp"
#include "core/device/object.hpp"

namespace fihost::device {

class TrustedObject {
 public:
  /// Throws Error when it cannot be loaded or is not of `role` for `definition` and this device.
  TrustedObject(const std::string& path, fihost_role role, const std::string& definition,
                Device& device);

  /// One whole call: workspace, prepare, run, synchronize, release. `data[i]` is tensor i's memory.
  /// Returns its wall time in ms. Throws Error when any step fails.
  double call(const std::vector<TensorShape>& shapes, const std::vector<void*>& data);

 private:
  void check(fihost_status status, const char* step, const std::string& text) const;

  std::string path_;
  Object object_;
  Device& device_;
  Buffer workspace_;  // kept between calls, grown when needed
};

}  // namespace fihost::device
