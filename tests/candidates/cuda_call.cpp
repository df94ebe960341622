#include "tests/candidates/cuda_call.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <utility>

namespace fihost {
namespace {

void append(void* impl, fihost_text text) noexcept {
  static_cast<std::string*>(impl)->append(text.data, text.size);
}

void require_ok(fihost_status status, const char* function, const std::string& text) {
  if (status != FIHOST_OK)
    throw std::runtime_error(std::string(function) + " gives status " + std::to_string(status) +
                             ": " + text);
}

fihost_header call_header() { return FIHOST_HEADER(fihost_call, 0); }

}  // namespace

TestStream::TestStream() {
  require_success(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate");
}

TestStream::~TestStream() { static_cast<void>(cudaStreamDestroy(stream_)); }

void TestStream::wait(const std::string& what) const {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point end = Clock::now() + std::chrono::minutes(2);
  cudaError_t state = cudaErrorNotReady;
  while ((state = cudaStreamQuery(stream_)) == cudaErrorNotReady) {
    if (Clock::now() > end) {
      std::fflush(stdout);
      std::fprintf(stderr, "%s: hangs; the rest was not tested\n", what.c_str());
      std::_Exit(1);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
  require_success(state, "the kernels");
}

CudaCall::CudaCall(const fihost_candidate& table, std::vector<fihost_tensor> inputs,
                   fihost_tensor output, GuardedMemory& workspace, const TestStream& stream)
    : table_(table),
      inputs_(std::move(inputs)),
      output_(output),
      workspace_(workspace),
      stream_(stream) {
  prepare();
  call_ = {call_header(),
           inputs_.data(),
           &output_,
           static_cast<std::uint32_t>(inputs_.size()),
           1,
           workspace_.bytes() > 0 ? workspace_.data() : nullptr,
           workspace_.bytes(),
           stream_.get(),
           {FIHOST_CUDA, 0}};
}

CudaCall::~CudaCall() {
  if (table_.release != nullptr) table_.release(state_);
}

void CudaCall::prepare() {
  std::vector<fihost_tensor> shapes = inputs_;
  for (fihost_tensor& tensor : shapes) tensor.data = nullptr;
  fihost_tensor output_shape = output_;
  output_shape.data = nullptr;
  const fihost_call call{call_header(),
                         shapes.data(),
                         &output_shape,
                         static_cast<std::uint32_t>(shapes.size()),
                         1,
                         nullptr,
                         0,
                         nullptr,
                         {FIHOST_CUDA, 0}};
  std::string text;
  const fihost_sink sink{&text, append};
  std::uint64_t bytes = 0;
  if (table_.workspace_size != nullptr)
    require_ok(table_.workspace_size(&call, &bytes, &sink), "workspace_size()", text);
  workspace_.resize(bytes);
  if (table_.prepare != nullptr)
    require_ok(table_.prepare(&call, &state_, &sink), "prepare()", text);
}

void CudaCall::enqueue() const {
  std::string text;
  const fihost_sink sink{&text, append};
  require_ok(table_.run(state_, &call_, &sink), "run()", text);
}

GraphExec CudaCall::capture() const {
  require_success(cudaStreamBeginCapture(stream_.get(), cudaStreamCaptureModeGlobal),
                  "cudaStreamBeginCapture");
  cudaGraph_t graph = nullptr;
  try {
    enqueue();
  } catch (...) {
    static_cast<void>(cudaStreamEndCapture(stream_.get(), &graph));
    static_cast<void>(cudaGraphDestroy(graph));
    throw;
  }
  require_success(cudaStreamEndCapture(stream_.get(), &graph), "cudaStreamEndCapture");
  cudaGraphExec_t executable = nullptr;
  const cudaError_t code = cudaGraphInstantiate(&executable, graph, 0);
  static_cast<void>(cudaGraphDestroy(graph));
  require_success(code, "cudaGraphInstantiate");
  return GraphExec(executable);
}

}  // namespace fihost
