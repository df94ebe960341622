#include "core/model/safetensors.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <random>
#include <string>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/temp_dir.hpp"

namespace fs = std::filesystem;
using doctest::Contains;
using fihost::DType;
using fihost::Error;
using fihost::SafetensorsFile;
using fihost::StoredTensor;

namespace {

std::string container(const std::string& header, const std::string& data) {
  const std::uint64_t length = header.size();
  std::string out(reinterpret_cast<const char*>(&length), sizeof length);
  return out + header + data;
}

/// What is said of a file with this content.
std::string message_of(const std::string& content) {
  const fihost::TempDir dir;
  fihost::write_text(dir.path() / "f.safetensors", content);
  try {
    const SafetensorsFile file(dir.path() / "f.safetensors");
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string one_tensor(const std::string& fields) {
  return message_of(container(R"({"w":{)" + fields + "}}", "12345678"));
}

}  // namespace

TEST_CASE("safetensors: a foreign file is read") {
  const SafetensorsFile file(FIHOST_FIXTURES
                             "/blob/workloads/rowscale/rowscale_h64/"
                             "rowscale_h64_0b6a5f3e-2222-4a2b-9c3d-000000000257.safetensors");
  const auto& tensor = file.at("row_weight");
  CHECK(tensor.dtype == DType::float32);
  CHECK(tensor.shape == std::vector<std::int64_t>{257});
  CHECK(tensor.data.size() == 4 * 257);
}

TEST_CASE("safetensors: what is written is read, whoever owns the file then") {
  const fihost::TempDir dir;
  const std::array<std::int16_t, 6> ints = {1, -2, 3, -4, 5, -6};
  const std::array<float, 1> zero_d = {2.5f};
  const auto path = dir.path() / "new" / "f.safetensors";
  fihost::write_safetensors(path,
                            {{"ints", {DType::int16, {2, 3}, std::as_bytes(std::span(ints))}},
                             {"zero_d", {DType::float32, {}, std::as_bytes(std::span(zero_d))}},
                             {"none", {DType::bfloat16, {0, 7}, {}}}});
  SafetensorsFile first(path);
  SafetensorsFile file(std::move(first));
  CHECK(file.tensors().size() == 3);
  const auto& tensor = file.at("ints");
  CHECK(tensor.dtype == DType::int16);
  CHECK(tensor.shape == std::vector<std::int64_t>{2, 3});
  REQUIRE(tensor.data.size() == sizeof ints);
  CHECK(std::memcmp(tensor.data.data(), ints.data(), sizeof ints) == 0);
  CHECK(file.at("zero_d").shape.empty());
  CHECK(std::memcmp(file.at("zero_d").data.data(), zero_d.data(), 4) == 0);
  CHECK(file.at("none").data.empty());
  file = SafetensorsFile(path);
  CHECK(file.at("ints").data.size() == sizeof ints);
}

TEST_CASE("safetensors: an unknown key is told with those there are") {
  const fihost::TempDir dir;
  const auto path = dir.path() / "f";
  fihost::write_text(path, container(R"({"__metadata__":{"a":"b"},
    "a":{"dtype":"I8","shape":[2],"data_offsets":[0,2]},
    "b":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}})",
                                     "12345678"));
  const SafetensorsFile file(path);
  CHECK(file.tensors().size() == 1);
  CHECK_THROWS_WITH_AS(static_cast<void>(file.at("c")), Contains("no tensor \"c\"; there are: a"),
                       Error);
  CHECK_THROWS_WITH_AS(static_cast<void>(file.at("b")), Contains("F64"), Error);
}

TEST_CASE("safetensors: what is no such file is told apart") {
  CHECK(holds(message_of(""), "0 bytes long"));
  CHECK(holds(message_of("abc"), "3 bytes long"));
  CHECK(holds(message_of("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"),
              "Git LFS pointer"));
  CHECK(holds(message_of("plain text, longer than eight"), "header of"));
  CHECK(holds(message_of(container("{", "")), "not valid JSON"));
  CHECK(holds(message_of(container("[]", "")), "no object"));
  CHECK(holds(message_of(std::string(8, '\xff')), "header of"));
  CHECK_THROWS_WITH_AS(SafetensorsFile("/no/such/file"), Contains("/no/such/file"), Error);
  CHECK_THROWS_WITH_AS(SafetensorsFile("/dev/null"), Contains("regular"), Error);
}

TEST_CASE("safetensors: every bound is checked") {
  CHECK(one_tensor(R"("dtype":"F32","shape":[2],"data_offsets":[0,8])").empty());
  const auto is = [](const std::string& fields, const std::string& part) {
    const auto message = one_tensor(fields);
    CAPTURE(message);
    CHECK(holds(message, "tensor \"w\""));
    CHECK(holds(message, part));
  };
  is(R"("dtype":"F32","shape":[2],"data_offsets":[0,9])", "outside the 8 bytes");
  is(R"("dtype":"F32","shape":[2],"data_offsets":[4,0])", "outside the 8 bytes");
  is(R"("dtype":"F32","shape":[2],"data_offsets":[-8,0])", "two integers");
  is(R"("dtype":"F32","shape":[2],"data_offsets":[0,18446744073709551615])", "two integers");
  is(R"("dtype":"F32","shape":[2],"data_offsets":[9223372036854775800,9223372036854775807])",
     "outside");
  is(R"("dtype":"F32","shape":[2],"data_offsets":[0])", "two integers");
  is(R"("dtype":"F32","shape":[2],"data_offsets":[0,8.0])", "two integers");
  is(R"("dtype":"F32","shape":[2])", "two integers");
  is(R"("dtype":"F32","shape":[3],"data_offsets":[0,8])", "takes 12");
  is(R"("dtype":"F32","shape":[1],"data_offsets":[0,8])", "takes 4");
  is(R"("dtype":"F32","shape":[-2],"data_offsets":[0,8])", "extent");
  is(R"("dtype":"F32","shape":2,"data_offsets":[0,8])", "must be a list");
  is(R"("shape":[2],"data_offsets":[0,8])", "dtype");
  // 2^62 * 4 wraps to 0, (2^32)^2 likewise.
  is(R"("dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0])", "more than");
  is(R"("dtype":"I8","shape":[4294967296,4294967296],"data_offsets":[0,0])", "more than");
}

TEST_CASE("safetensors: any damage is an Error or a file whose tensors lie inside it") {
  const auto good = container(
      R"({"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"I8","shape":[4],"data_offsets":[16,20]}})",
      "0123456789abcdefghij");
  const fihost::TempDir dir;
  const auto path = dir.path() / "f";
  std::mt19937 random(1);
  unsigned sum = 0;
  for (int i = 0; i < 500; ++i) {
    auto bad = good;
    for (int flips = 0; flips < 3; ++flips)
      bad[random() % bad.size()] = static_cast<char>(random());
    if (i % 5 == 0) bad.resize(random() % bad.size());
    fihost::write_text(path, bad);
    try {
      const SafetensorsFile file(path);
      for (const auto& [key, tensor] : file.tensors()) {
        for (const auto byte : tensor.data) sum += std::to_integer<unsigned>(byte);
      }
    } catch (const Error&) {
    }
  }
  CHECK(sum > 0);  // some were still readable
}

TEST_CASE("safetensors: a tensor that does not fit its shape is not written") {
  const fihost::TempDir dir;
  const std::array<std::byte, 4> data{};
  CHECK_THROWS_AS(fihost::write_safetensors(dir.path() / "f", {{"a", {DType::int8, {5}, data}}}),
                  Error);
  CHECK_THROWS_AS(
      fihost::write_safetensors(dir.path() / "f", {{"a", {DType::float4_e2m1, {8}, data}}}), Error);
  CHECK_FALSE(fs::exists(dir.path() / "f"));
}
