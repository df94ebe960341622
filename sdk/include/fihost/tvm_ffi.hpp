// fihost/tvm_ffi.hpp - calls the candidate of this object (fihost_candidate_v1) from a TVM-FFI
// function. `fihost pack` generates that function, and this header travels with it, so it needs
// C++17 and TVM-FFI's headers only.
//
// What fihost does outside of timed calls has no place of its own in a TVM-FFI call: the first call
// for new shapes asks for the workspace, allocates it and calls prepare(); later ones find both.
#pragma once

#include <fihost/candidate.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/extra/c_env_api.h>
#include <tvm/ffi/function.h>
#ifdef __CUDACC__
#include <cuda_runtime_api.h>
#endif

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <mutex>
#include <string>
#include <vector>

namespace fihost {
namespace sdk {
namespace tvm_ffi {
// One source includes this header. Without a name of its own for this, the loader would give all
// packed candidates of a process one Kept: compilers mark the statics of inline functions as unique.
namespace {

/// Where a call happens.
struct Place {
  fihost_device device;
  void* stream;  ///< cudaStream_t; NULL on the CPU
};

#ifdef __CUDACC__
inline void check_cuda(cudaError_t code, const char* what) {
  if (code != cudaSuccess) TVM_FFI_THROW(RuntimeError) << what << ": " << cudaGetErrorString(code);
}

/// Makes a device current, and the one before it again in the end.
class CurrentDevice {
 public:
  explicit CurrentDevice(fihost_device device) {
    if (device.type != FIHOST_CUDA) return;
    check_cuda(cudaGetDevice(&before_), "cudaGetDevice");
    changed_ = before_ != device.id;
    if (changed_) check_cuda(cudaSetDevice(device.id), "cudaSetDevice");
  }
  ~CurrentDevice() {
    if (changed_) static_cast<void>(cudaSetDevice(before_));
  }
  CurrentDevice(const CurrentDevice&) = delete;
  CurrentDevice& operator=(const CurrentDevice&) = delete;

 private:
  int before_ = 0;
  bool changed_ = false;
};

inline void* allocate(const Place&, std::uint64_t bytes) {
  void* memory = nullptr;
  check_cuda(cudaMalloc(&memory, bytes), "allocating the workspace");
  return memory;
}
/// Waits for the device first.
inline void deallocate(const Place&, void* memory) { static_cast<void>(cudaFree(memory)); }
inline void wait(const Place& place) {
  static_cast<void>(cudaStreamSynchronize(static_cast<cudaStream_t>(place.stream)));
}
#else
class CurrentDevice {
 public:
  explicit CurrentDevice(fihost_device) {}
};

inline void* allocate(const Place&, std::uint64_t bytes) {
  constexpr std::uint64_t alignment = 256;
  void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (memory == nullptr) TVM_FFI_THROW(RuntimeError) << "no memory for the workspace";
  return memory;
}
inline void deallocate(const Place&, void* memory) { std::free(memory); }
inline void wait(const Place&) {}
#endif

/// The bits of `value` as bfloat16, rounded to nearest even.
inline std::uint16_t bfloat16(double value) {
  const float narrow = static_cast<float>(value);
  std::uint32_t bits;
  std::memcpy(&bits, &narrow, sizeof bits);
  if (narrow != narrow) return 0x7fff;
  return static_cast<std::uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

/// Where the candidate writes what went wrong.
inline fihost_sink sink_of(std::string& text) {
  return {&text, [](void* impl, fihost_text part) noexcept {
            static_cast<std::string*>(impl)->append(part.data, part.size);
          }};
}

inline void check_status(fihost_status status, const char* step, const std::string& text) {
  if (status == FIHOST_OK) return;
  TVM_FFI_THROW(RuntimeError) << fihost_candidate_v1.name << ": " << step << " returned status "
                              << status << (text.empty() ? "" : ": ") << text;
}

/// What the candidate made for one set of shapes on one device.
struct Prepared {
  fihost_device device;
  std::vector<std::int64_t> extents;  ///< of all tensors, one after the other
  std::uint64_t workspace_bytes;
  void* state;
};

/// Memory that calls on one stream use one after the other.
struct Workspace {
  fihost_device device;
  void* stream;
  void* memory;
  std::uint64_t bytes;
};

/// Of this object. Never destroyed: at the end of a process the device may be gone before it.
struct Kept {
  std::mutex mutex;  // held during a call: a candidate is called by one thread at a time
  std::vector<Prepared> prepared;
  std::vector<Workspace> workspaces;
};
inline Kept& kept() {
  static Kept* const all = new Kept;
  return *all;
}

inline bool same(fihost_device a, fihost_device b) { return a.type == b.type && a.id == b.id; }

/// The workspace of a stream with at least `bytes`.
inline Workspace workspace_of(Kept& all, const Place& place, std::uint64_t bytes) {
  if (bytes == 0) return {place.device, place.stream, nullptr, 0};
  Workspace* found = nullptr;
  for (Workspace& one : all.workspaces) {
    if (same(one.device, place.device) && one.stream == place.stream) found = &one;
  }
  if (found == nullptr) {
    all.workspaces.push_back({place.device, place.stream, nullptr, 0});
    found = &all.workspaces.back();
  }
  if (found->bytes < bytes) {
    if (found->memory != nullptr) deallocate(place, found->memory);
    *found = {place.device, place.stream, nullptr, 0};
    found->memory = allocate(place, bytes);
    found->bytes = bytes;
  }
  return *found;
}

/// Ask the candidate what it needs for these shapes, or find what it said before.
inline const Prepared& prepare(Kept& all, const fihost_call& shapes, const Place& place,
                               const std::vector<std::int64_t>& extents) {
  constexpr std::size_t most = 64;
  for (const Prepared& one : all.prepared) {
    if (same(one.device, place.device) && one.extents == extents) return one;
  }
  const fihost_candidate& candidate = fihost_candidate_v1;
  std::string text;
  const fihost_sink sink = sink_of(text);
  Prepared fresh{place.device, extents, 0, nullptr};
  if (candidate.workspace_size != nullptr) {
    check_status(candidate.workspace_size(&shapes, &fresh.workspace_bytes, &sink), "workspace_size",
                 text);
  }
  if (candidate.prepare != nullptr) {
    check_status(candidate.prepare(&shapes, &fresh.state, &sink), "prepare", text);
  }
  if (all.prepared.size() == most) {  // the oldest goes
    wait(place);
    if (candidate.release != nullptr) candidate.release(all.prepared.front().state);
    all.prepared.erase(all.prepared.begin());
  }
  all.prepared.push_back(std::move(fresh));
  return all.prepared.back();
}

/// One call: say the arguments in the definition's order, then run().
class Call {
 public:
  static constexpr std::uint32_t most_tensors = 40;
  static constexpr int most_dimensions = 8;

  /// `shape` holds extents; -1, -2, ... stand for the definition's variable axes, which must have one
  /// value throughout. Throws ValueError or TypeError for a tensor the candidate cannot take.
  void input(const char* name, const tvm::ffi::TensorView& view, fihost_dtype dtype,
             std::initializer_list<std::int64_t> shape) {
    add(name, view, dtype, shape);
    ++inputs_;
  }
  void output(const char* name, const tvm::ffi::TensorView& view, fihost_dtype dtype,
              std::initializer_list<std::int64_t> shape) {
    add(name, view, dtype, shape);
  }
  /// A scalar input of the definition's type.
  template <class T>
  void scalar(fihost_dtype dtype, T value) {
    static_assert(sizeof(T) <= sizeof scalars_[0], "a scalar is at most 8 bytes");
    fihost_tensor& tensor = next();
    std::memcpy(&scalars_[count_ - 1], &value, sizeof value);
    tensor.data = &scalars_[count_ - 1];
    tensor.device = {FIHOST_CPU, 0};
    tensor.dtype = dtype;
    ++inputs_;
  }

  /// Enqueue the candidate on the current stream. Throws RuntimeError with what it says.
  void run() {
    place_.stream = place_.device.type == FIHOST_CUDA
                        ? TVMFFIEnvGetStream(place_.device.type, place_.device.id)
                        : nullptr;
    const CurrentDevice current(place_.device);
    Kept& all = kept();
    const std::lock_guard<std::mutex> lock(all.mutex);
    fihost_tensor shapes[most_tensors];
    for (std::uint32_t i = 0; i < count_; ++i) {
      shapes[i] = tensors_[i];
      shapes[i].data = nullptr;
    }
    fihost_call call = call_of(shapes);
    const Prepared& prepared = prepare(all, call, place_, extents_);
    const Workspace workspace = workspace_of(all, place_, prepared.workspace_bytes);
    call = call_of(tensors_);
    call.workspace = workspace.memory;
    call.workspace_size = workspace.bytes;
    call.stream = place_.stream;
    std::string text;
    const fihost_sink sink = sink_of(text);
    check_status(fihost_candidate_v1.run(prepared.state, &call, &sink), "run", text);
  }

 private:
  fihost_tensor& next() {
    if (count_ == most_tensors) TVM_FFI_THROW(ValueError) << "more than 40 arguments";
    return tensors_[count_++] = fihost_tensor{};
  }

  void add(const char* name, const tvm::ffi::TensorView& view, fihost_dtype dtype,
           std::initializer_list<std::int64_t> shape) {
    check(name, view, dtype, shape);
    fihost_tensor& tensor = next();
    std::int64_t* const extents = extents_of_[count_ - 1];
    std::int64_t* const strides = strides_of_[count_ - 1];
    std::int64_t stride = 1;
    for (int d = view.ndim() - 1; d >= 0; --d) {
      extents[d] = view.size(d);
      strides[d] = stride;
      if (extents[d] > 1) stride *= extents[d];
    }
    extents_.insert(extents_.end(), extents, extents + view.ndim());
    tensor.data = static_cast<char*>(view.data_ptr()) + view.byte_offset();
    tensor.device = place_.device;
    tensor.ndim = view.ndim();
    tensor.dtype = dtype;
    tensor.shape = view.ndim() > 0 ? extents : nullptr;
    tensor.strides = view.ndim() > 0 ? strides : nullptr;
  }

  void check(const char* name, const tvm::ffi::TensorView& view, fihost_dtype dtype,
             std::initializer_list<std::int64_t> shape) {
    const DLDataType found = view.dtype();
    if (found.code != dtype.code || found.bits != dtype.bits || found.lanes != 1) {
      TVM_FFI_THROW(TypeError) << name << ": wrong dtype: found code " << int{found.code}
                               << " with " << int{found.bits} << " bits, wanted code "
                               << int{dtype.code} << " with " << int{dtype.bits};
    }
    if (view.ndim() != static_cast<int>(shape.size()) || view.ndim() > most_dimensions) {
      TVM_FFI_THROW(ValueError) << name << ": wrong rank: found " << view.ndim() << ", wanted "
                                << shape.size();
    }
    int d = 0;
    for (std::int64_t wanted : shape) check_extent(name, d, view.size(d), wanted), ++d;
    if (!view.IsContiguous()) TVM_FFI_THROW(ValueError) << name << ": not contiguous";
    const DLDevice device = view.device();
    if (device.device_type != fihost_candidate_v1.device_type) {
      TVM_FFI_THROW(ValueError) << name << ": on a device of type " << int{device.device_type}
                                << ", wanted " << fihost_candidate_v1.device_type;
    }
    if (count_ > 0 && place_.device.type != 0 && device.device_id != place_.device.id) {
      TVM_FFI_THROW(ValueError) << name << ": not on the device of the other tensors";
    }
    place_.device = {static_cast<std::int32_t>(device.device_type), device.device_id};
  }

  void check_extent(const char* name, int dimension, std::int64_t found, std::int64_t wanted) {
    if (wanted < 0) {
      std::int64_t& axis = axes_[static_cast<std::size_t>(-wanted - 1) % most_axes];
      if (axis < 0) axis = found;
      wanted = axis;
    }
    if (found != wanted) {
      TVM_FFI_THROW(ValueError) << name << ": wrong extent of dimension " << dimension << ": found "
                                << found << ", wanted " << wanted;
    }
  }

  fihost_call call_of(const fihost_tensor* tensors) const {
    fihost_call call{};
    call.header = FIHOST_HEADER(fihost_call, 0);
    call.inputs = tensors;
    call.outputs = tensors + inputs_;
    call.num_inputs = inputs_;
    call.num_outputs = count_ - inputs_;
    call.device = place_.device;
    return call;
  }

  static constexpr std::size_t most_axes = 64;
  struct Axes {
    std::int64_t value[most_axes];
    Axes() {
      for (std::int64_t& one : value) one = -1;
    }
    std::int64_t& operator[](std::size_t i) { return value[i]; }
  } axes_;
  fihost_tensor tensors_[most_tensors];
  std::int64_t extents_of_[most_tensors][most_dimensions];
  std::int64_t strides_of_[most_tensors][most_dimensions];
  std::int64_t scalars_[most_tensors];
  std::vector<std::int64_t> extents_;
  std::uint32_t count_ = 0;
  std::uint32_t inputs_ = 0;
  Place place_{};
};

}  // namespace
}  // namespace tvm_ffi
}  // namespace sdk
}  // namespace fihost
