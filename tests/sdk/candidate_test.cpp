#include <doctest/doctest.h>

#include <fihost/candidate.hpp>
#include <string>

namespace sdk = fihost::sdk;

TEST_CASE("element and byte counts follow shape and dtype") {
  std::int64_t shape[] = {3, 5};
  fihost_tensor tensor{nullptr, {FIHOST_CPU, 0}, 2, {FIHOST_TYPE_FLOAT, 32, 1}, shape, nullptr, 0};
  CHECK(sdk::element_count(tensor) == 15);
  CHECK(sdk::byte_count(tensor) == 60);
  tensor.dtype = {FIHOST_TYPE_FLOAT4_E2M1FN, 4, 1};
  CHECK(sdk::byte_count(tensor) == 8);
  tensor.ndim = 0;
  CHECK(sdk::element_count(tensor) == 1);
  shape[1] = 0;
  tensor.ndim = 2;
  CHECK(sdk::byte_count(tensor) == 0);
}

TEST_CASE("data and scalars are read through the tensor") {
  float values[] = {1.5f, 2.5f};
  const fihost_tensor tensor{values,  {FIHOST_CPU, 0}, 0, {FIHOST_TYPE_FLOAT, 32, 1},
                             nullptr, nullptr,         0};
  CHECK(sdk::data<const float>(tensor)[1] == 2.5f);
  CHECK(sdk::scalar<float>(tensor) == 1.5f);
}

TEST_CASE("fail writes its line and gives its status") {
  std::string text;
  const fihost_sink sink{&text, [](void* out, fihost_text part) noexcept {
                           static_cast<std::string*>(out)->append(part.data, part.size);
                         }};
  CHECK(sdk::fail(&sink, FIHOST_UNSUPPORTED, "odd size") == FIHOST_UNSUPPORTED);
  CHECK(text == "odd size");
}
