#include "core/device/object.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cctype>
#include <cstdlib>

namespace fihost::device {
namespace {

constexpr std::uint32_t known_flags =
    FIHOST_CANDIDATE_FLAG_GRAPH_SAFE | FIHOST_CANDIDATE_FLAG_DETERMINISTIC;

std::string check_table(const fihost_candidate& table) {
  const fihost_header& header = table.header;
  if (header.magic != FIHOST_MAGIC) {
    return fmt::format("wrong magic: found 0x{:08x}, wanted 0x{:08x}", header.magic, FIHOST_MAGIC);
  }
  if (header.abi_version != FIHOST_ABI_VERSION) {
    return fmt::format("wrong ABI version: found {}, wanted {}; rebuild it with this SDK",
                       header.abi_version, FIHOST_ABI_VERSION);
  }
  if (!FIHOST_HAS(&table, release)) {
    return fmt::format("wrong table size: found {} bytes, wanted at least {}", header.struct_size,
                       sizeof(fihost_candidate));
  }
  if ((header.flags & ~known_flags) != 0) {
    return fmt::format("unknown flags: found 0x{:x}, known are 0x{:x}", header.flags, known_flags);
  }
  if (table.name == nullptr || table.definition == nullptr) return "name or definition is NULL";
  if (table.run == nullptr) return "run is NULL";
  if ((table.prepare == nullptr) != (table.release == nullptr)) {
    return "prepare and release must both be set or both be NULL";
  }
  return "";
}

void append(void* impl, fihost_text text) noexcept {
  auto& out = *static_cast<std::string*>(impl);
  constexpr std::size_t limit = 3000;  // one line for people, whatever a candidate writes
  if (out.size() < limit) out.append(text.data, std::min(text.size, limit - out.size()));
}

struct Arch {
  int number = 0;
  char suffix = 0;
};

Arch parse_arch(const std::string& text) {
  if (text.rfind("sm_", 0) != 0) return {};
  char* end = nullptr;
  const long number = std::strtol(text.c_str() + 3, &end, 10);
  return {static_cast<int>(number), *end};
}

}  // namespace

Object Object::load(const std::string& path) {
  Object object;
  ::dlerror();
  void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* text = ::dlerror();
    object.refusal_ =
        fmt::format("cannot be loaded: {}", text != nullptr ? text : "unknown reason");
    return object;
  }
  object.table_ = static_cast<const fihost_candidate*>(::dlsym(handle, "fihost_candidate_v1"));
  if (object.table_ == nullptr) {
    object.refusal_ = "no entry symbol fihost_candidate_v1; a candidate exports exactly that one";
    return object;
  }
  object.refusal_ = check_table(*object.table_);
  return object;
}

Object Object::load(const std::string& path, const TvmFfiEntry& entry) {
  Object object;
  object.tvm_ffi_ = std::make_unique<TvmFfiObject>(path, entry);
  object.refusal_ = object.tvm_ffi_->refusal();
  object.table_ = &object.tvm_ffi_->table();
  return object;
}

std::string role_name(fihost_role role) {
  switch (role) {
    case FIHOST_ROLE_CANDIDATE:
      return "candidate";
    case FIHOST_ROLE_REFERENCE:
      return "reference";
    case FIHOST_ROLE_GENERATOR:
      return "generator";
    case FIHOST_ROLE_CHECKER:
      return "checker";
    default:
      return "";
  }
}

std::string arch_refusal(const std::string& wanted, const std::string& present) {
  if (wanted.empty() || wanted == present) return "";
  const Arch need = parse_arch(wanted), have = parse_arch(present);
  const bool exact = need.suffix == 'a';
  const bool runs = need.number != 0 && need.number / 10 == have.number / 10 &&
                    (exact ? need.number == have.number : need.number <= have.number);
  if (runs) return "";
  return fmt::format("wrong arch: compiled for {}, this device is {}", wanted, present);
}

fihost_sink sink_of(std::string& out) noexcept { return {&out, &append}; }

}  // namespace fihost::device
