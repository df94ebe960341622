#include "core/device/failure_place.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <limits>

#include "core/device/cpu_device.hpp"

using namespace fihost;
using namespace fihost::device;

namespace {

/// An output whose expectation is 1 everywhere, and what was found in it.
class Output {
 public:
  Output(DType dtype, const std::vector<std::int64_t>& shape) : device_(open_cpu_device()) {
    spec_.name = "y";
    spec_.dtype = dtype;
    plan_.spec = &spec_;
    plan_.output = true;
    plan_.elements = 1;
    plan_.shape.rank = static_cast<std::int32_t>(shape.size());
    for (std::size_t i = 0; i < shape.size(); ++i) {
      plan_.shape.extent[i] = shape[i];
      plan_.elements *= static_cast<std::uint64_t>(shape[i]);
    }
    plan_.bytes = bytes(dtype, plan_.elements);
    expected_ = *device_->allocate(plan_.bytes, false);
    actual_ = *device_->allocate(plan_.bytes, false);
    for (std::uint64_t i = 0; i < plan_.elements; ++i) {
      put(expected_, i, 1);
      put(actual_, i, 1);
    }
  }

  void set(std::uint64_t element, float value) { put(actual_, element, value); }
  /// What a call left that wrote all but `element`, on the given poison.
  Buffer written_but(std::uint64_t element, std::uint8_t poison) {
    auto out = *device_->allocate(plan_.bytes, false);
    device_->copy(out, expected_);
    std::memset(out.data() + element * 4, poison, 4);
    return out;
  }
  void take(Buffer actual) { actual_ = std::move(actual); }

  std::string place(std::uint64_t unwritten = 0, const Buffer* first = nullptr) {
    const auto last = static_cast<std::uint64_t>(plan_.shape.extent[plan_.shape.rank - 1]);
    const Tolerance tolerance{};
    Compared compared{.what = "output y", .found = {}, .grid = row_grid(plan_.elements, last)};
    compared.unwritten = unwritten;
    compared.found =
        device_->compare(expected_, actual_, {spec_.dtype, compared.grid, tolerance, poison_byte});
    return place_text(*device_, {.expected = expected_,
                                 .actual = actual_,
                                 .plan = plan_,
                                 .compared = compared,
                                 .tolerance = tolerance,
                                 .first = first});
  }

 private:
  void put(const Buffer& buffer, std::uint64_t element, float value) const {
    if (spec_.dtype == DType::float32) {
      std::memcpy(buffer.data() + element * 4, &value, 4);
    } else {
      const std::uint16_t code = encode_bfloat16(value);
      std::memcpy(buffer.data() + element * 2, &code, 2);
    }
  }

  std::unique_ptr<Device> device_;
  TensorSpec spec_;
  TensorPlan plan_;
  Buffer expected_, actual_;
};

}  // namespace

TEST_CASE("a single wrong element is named by its coordinates, with its value and the right one") {
  Output output(DType::float32, {2, 3, 512});
  CHECK(output.place().empty());
  output.set(2 * 3 * 512 - 1, -0.5f);
  CHECK(output.place() == "the first at [1, 2, 511] is -0.5, the reference has 1");
}

TEST_CASE("a wrong tile is named by the patch that holds most of it") {
  Output output(DType::bfloat16, {16, 1024});
  for (std::uint64_t i = 5 * 1024 + 200; i < 5 * 1024 + 384; ++i) output.set(i, 2);
  for (std::uint64_t i = 9 * 1024 + 256; i < 9 * 1024 + 350; ++i) output.set(i, 3);
  CHECK(
      output.place() ==
      "the worst place is [5, 256..383], 128 of 128 elements; [5, 256] is 2, the reference has 1");
}

TEST_CASE("a range that spans short rows has two ends") {
  Output output(DType::float32, {64, 8});
  for (std::uint64_t i = 128; i < 256; ++i) output.set(i, 0);
  CHECK(output.place() ==
        "the worst place is [16, 0] to [31, 7], 128 of 128 elements; [16, 0] is 0, the reference "
        "has 1");
}

TEST_CASE("what is not finite is found before what is off") {
  Output output(DType::float32, {4, 256});
  for (std::uint64_t i = 0; i < 256; ++i) output.set(i, 5);
  output.set(3 * 256 + 7, std::numeric_limits<float>::infinity());
  CHECK(output.place() == "the first at [3, 7] is inf, the reference has 1");
}

TEST_CASE("an element that nobody wrote is one that shows both poisons") {
  Output output(DType::float32, {4, 256});
  const Buffer first = output.written_but(3 * 256 + 9, poison_byte);
  output.take(output.written_but(3 * 256 + 9, second_poison_byte));
  CHECK(output.place(1, &first) == "the first at [3, 9], which no call wrote");
  const Buffer elsewhere = output.written_but(0, poison_byte);
  CHECK(output.place(1, &elsewhere).empty());
}

TEST_CASE("a place far into a large output is found") {
  Output output(DType::bfloat16, {3001, 1001});
  output.set(3000ull * 1001 + 1000, 4);
  CHECK(output.place() == "the first at [3000, 1000] is 4, the reference has 1");
}
