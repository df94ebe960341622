// A reference that is a shared object of the task.
#pragma once

#include <string>

#include "core/device/reference.hpp"
#include "core/device/trusted_object.hpp"

namespace fihost::device {

class NativeReference : public Reference {
 public:
  /// Throws Error when the object cannot be loaded or is no reference for `definition` here.
  NativeReference(const std::string& path, const std::string& definition, Device& device)
      : object_(path, FIHOST_ROLE_REFERENCE, definition, device) {}

  double expect(const ReferenceCall& call) override;

 private:
  TrustedObject object_;
};

}  // namespace fihost::device
