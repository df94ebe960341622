#include "core/model/safetensors.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/unique_fd.hpp"
#include "core/model/lax_json.hpp"

namespace fihost {
namespace {

static_assert(std::endian::native == std::endian::little, "the container is little-endian");

constexpr std::size_t prefix_bytes = 8;  // the header's length
constexpr std::string_view lfs_pointer = "version https://git-lfs";

/// Size in bytes of a tensor, unless it overflows.
std::optional<std::uint64_t> size_of(DType dtype, const std::vector<std::int64_t>& shape) {
  std::uint64_t elements = 1;
  for (const auto extent : shape) {
    if (__builtin_mul_overflow(elements, static_cast<std::uint64_t>(extent), &elements)) {
      return std::nullopt;
    }
  }
  if (elements > std::numeric_limits<std::uint64_t>::max() / 8) return std::nullopt;
  return bytes(dtype, elements);
}

std::vector<std::int64_t> read_shape(const Json& json, const std::string& at) {
  if (!json.is_array()) fail("{}: \"shape\" must be a list, found {}", at, excerpt(json));
  std::vector<std::int64_t> shape;
  for (const Json& item : json) {
    const auto extent = item.is_number_integer() ? lax_integer(item) : std::nullopt;
    if (!extent || *extent < 0) {
      fail("{}: an extent of \"shape\" must be an integer >= 0, found {}", at, excerpt(item));
    }
    shape.push_back(*extent);
  }
  return shape;
}

std::span<const std::byte> read_range(const Json& json, std::span<const std::byte> data,
                                      const std::string& at) {
  const auto number = [&](std::size_t i) {
    const bool there = json.is_array() && json.size() == 2 && json[i].is_number_integer();
    const auto offset = there ? lax_integer(json[i]) : std::nullopt;
    return offset && *offset >= 0 ? std::optional(static_cast<std::uint64_t>(*offset))
                                  : std::nullopt;
  };
  const auto begin = number(0), end = number(1);
  if (!begin || !end) {
    fail("{}: \"data_offsets\" must be two integers >= 0, found {}", at, excerpt(json));
  }
  if (*begin > *end || *end > data.size()) {
    fail(
        "{}: \"data_offsets\" [{}, {}] lie outside the {} bytes of data; the file is truncated or "
        "damaged",
        at, *begin, *end, data.size());
  }
  return data.subspan(*begin, *end - *begin);
}

StoredTensor read_tensor(const Json& json, DType dtype, std::span<const std::byte> data,
                         const std::string& at) {
  StoredTensor tensor;
  tensor.dtype = dtype;
  tensor.shape = read_shape(member(json, "shape"), at);
  tensor.data = read_range(member(json, "data_offsets"), data, at);
  const auto wanted = size_of(dtype, tensor.shape);
  if (!wanted || *wanted != tensor.data.size()) {
    fail("{}: {} bytes of data for the shape {} of {}, which takes {}", at, tensor.data.size(),
         excerpt(member(json, "shape")), name(dtype),
         wanted ? std::to_string(*wanted) : "more than 2^61");
  }
  return tensor;
}

/// The JSON header of a mapped file, its length checked against the file's.
Json read_header(std::span<const std::byte> file, const std::string& path) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (text.starts_with(lfs_pointer)) {
    fail(
        "{}: a Git LFS pointer, not the tensors themselves; fetch them with git lfs pull "
        "--include {} in the dataset",
        path, path);
  }
  if (file.size() < prefix_bytes) {
    fail("{}: not a safetensors file: {} bytes long, wanted at least {}", path, file.size(),
         prefix_bytes);
  }
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), prefix_bytes);
  if (length > file.size() - prefix_bytes) {
    fail("{}: not a safetensors file, or truncated: a header of {} bytes in a file of {}", path,
         length, file.size());
  }
  auto header = parse_json(text.substr(prefix_bytes, length), path + " (header)");
  if (!header.is_object()) fail("{}: not a safetensors file: its header is no object", path);
  return header;
}

std::string list(const std::map<std::string, StoredTensor>& tensors) {
  std::string out;
  for (const auto& [key, tensor] : tensors) out += (out.empty() ? "" : ", ") + key;
  return out.empty() ? "none" : out;
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) : path_(path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) {
    fail("cannot read {}: {}", path.string(), errno_text(errno));
  }
  if (!S_ISREG(status.st_mode)) fail("cannot read {}: not a regular file", path.string());
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > 0) {
    void* map = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
    if (map == MAP_FAILED) fail("cannot map {}: {}", path.string(), errno_text(errno));
    map_ = static_cast<const std::byte*>(map);
    size_ = size;
  }
  try {
    read();
  } catch (...) {
    unmap();  // the destructor of an object under construction does not run
    throw;
  }
}

void SafetensorsFile::read() {
  const std::span file(map_, size_);
  const auto header = read_header(file, path_.string());
  std::uint64_t length = 0;
  std::memcpy(&length, map_, prefix_bytes);
  const auto data = file.subspan(prefix_bytes + length);
  for (const auto& [key, json] : header.items()) {
    if (key == "__metadata__") continue;
    const auto at = fmt::format("{}: tensor \"{}\"", path_.string(), key);
    const Json& tag = member(json, "dtype");
    if (!tag.is_string()) fail("{}: \"dtype\" must be a string, found {}", at, excerpt(tag));
    const auto dtype = parse_safetensors_tag(tag.get_ref<const std::string&>());
    if (dtype) {
      tensors_[key] = read_tensor(json, *dtype, data, at);
    } else {
      foreign_[key] = tag.get<std::string>();
    }
  }
}

void SafetensorsFile::unmap() noexcept {
  if (map_ != nullptr) ::munmap(const_cast<std::byte*>(map_), size_);
  map_ = nullptr;
}

SafetensorsFile::SafetensorsFile(SafetensorsFile&& other) noexcept { *this = std::move(other); }

SafetensorsFile& SafetensorsFile::operator=(SafetensorsFile&& other) noexcept {
  if (this != &other) {
    unmap();
    path_ = std::move(other.path_);
    map_ = std::exchange(other.map_, nullptr);
    size_ = std::exchange(other.size_, 0);
    tensors_ = std::exchange(other.tensors_, {});
    foreign_ = std::exchange(other.foreign_, {});
  }
  return *this;
}

SafetensorsFile::~SafetensorsFile() { unmap(); }

const StoredTensor& SafetensorsFile::at(const std::string& key) const {
  if (const auto found = tensors_.find(key); found != tensors_.end()) return found->second;
  if (const auto found = foreign_.find(key); found != foreign_.end()) {
    fail("{}: tensor \"{}\" has the dtype {}, which no definition can declare", path_.string(), key,
         found->second);
  }
  fail("{}: no tensor \"{}\"; there are: {}", path_.string(), key, list(tensors_));
}

void write_safetensors(const std::filesystem::path& path,
                       const std::map<std::string, StoredTensor>& tensors) {
  Json header = Json::object();
  std::vector<std::string_view> parts(2);
  std::uint64_t offset = 0;
  for (const auto& [key, tensor] : tensors) {
    const auto size = size_of(tensor.dtype, tensor.shape);
    if (safetensors_tag(tensor.dtype).empty() || size != tensor.data.size()) {
      throw Error(fmt::format("cannot write {}: tensor \"{}\" has {} bytes of {}, which do not fit "
                              "its shape or the container",
                              path.string(), key, tensor.data.size(), name(tensor.dtype)),
                  Fault::internal);
    }
    const auto end = offset + tensor.data.size();
    header[key] = {{"dtype", safetensors_tag(tensor.dtype)},
                   {"shape", tensor.shape},
                   {"data_offsets", {offset, end}}};
    offset = end;
    parts.emplace_back(reinterpret_cast<const char*>(tensor.data.data()), tensor.data.size());
  }
  auto text = dump(header);
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the data start at a multiple of eight
  const std::uint64_t length = text.size();
  parts[0] = {reinterpret_cast<const char*>(&length), prefix_bytes};
  parts[1] = text;
  write_parts(path, parts);
}

}  // namespace fihost
