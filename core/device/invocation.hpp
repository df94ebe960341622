// A fihost_call and everything it points to.
#pragma once

#include <fihost/candidate.h>

#include <cstdint>
#include <vector>

#include "core/device/message.hpp"

namespace fihost::device {

/// Builds the call for a list of tensors (inputs first, then outputs). Move-only, because the call
/// points into it; build one per input set.
class Invocation {
 public:
  /// `data[i]` is tensor i's memory; scalars take theirs from the shape and ignore it.
  Invocation(const std::vector<TensorShape>& shapes, const std::vector<void*>& data,
             fihost_device device);
  Invocation(Invocation&&) = default;
  Invocation& operator=(Invocation&&) = default;

  void set_workspace(void* workspace, std::uint64_t bytes) noexcept;
  void set_stream(void* stream) noexcept { call_.stream = stream; }
  [[nodiscard]] const fihost_call& call() const noexcept { return call_; }

 private:
  struct Storage {
    std::int64_t extent[max_rank];
    std::int64_t stride[max_rank];
    std::int64_t scalar;
  };
  std::vector<Storage> storage_;  // never resized after construction: tensors_ points into it
  std::vector<fihost_tensor> tensors_;
  fihost_call call_{};
};

/// Elements of a shape; 1 for scalars and rank 0.
[[nodiscard]] std::uint64_t element_count(const TensorShape& shape);

}  // namespace fihost::device
