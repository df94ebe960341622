// A CUDA object called in this process as the worker would call it: LoadedObject::call()'s twin.
#pragma once

#include <cuda_runtime_api.h>
#include <fihost/candidate.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/candidates/device_memory.hpp"

namespace fihost {

/// A stream apart from the default one. Work of two minutes ends the process, with one line:
/// nothing can be freed while a kernel hangs.
class TestStream {
 public:
  TestStream();
  TestStream(const TestStream&) = delete;
  TestStream& operator=(const TestStream&) = delete;
  ~TestStream();

  [[nodiscard]] cudaStream_t get() const noexcept { return stream_; }
  /// Throws when the work failed. `what` names it if it hangs.
  void wait(const std::string& what) const;

 private:
  cudaStream_t stream_ = nullptr;
};

struct GraphDeleter {
  void operator()(cudaGraphExec_t graph) const { static_cast<void>(cudaGraphExecDestroy(graph)); }
};
using GraphExec = std::unique_ptr<CUgraphExec_st, GraphDeleter>;

/// One object prepared for the shapes of its tensors. Borrows everything; the workspace is made as
/// large as the object wants, and no larger. Throws std::runtime_error with the object's text.
class CudaCall {
 public:
  CudaCall(const fihost_candidate& table, std::vector<fihost_tensor> inputs, fihost_tensor output,
           GuardedMemory& workspace, const TestStream& stream);
  CudaCall(const CudaCall&) = delete;
  CudaCall& operator=(const CudaCall&) = delete;
  ~CudaCall();

  /// Calls run().
  void enqueue() const;
  /// One call of run() captured in a graph, to be launched on the stream.
  [[nodiscard]] GraphExec capture() const;

 private:
  void prepare();

  const fihost_candidate& table_;
  std::vector<fihost_tensor> inputs_;
  fihost_tensor output_;
  GuardedMemory& workspace_;
  const TestStream& stream_;
  fihost_call call_{};
  void* state_ = nullptr;
};

}  // namespace fihost
