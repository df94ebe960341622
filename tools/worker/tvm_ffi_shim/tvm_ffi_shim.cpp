// What a kernel with a TVM-FFI binding asks of TVM-FFI's runtime: the current stream, and a place
// for the error it raises. With this a runner loads such objects where TVM-FFI is not installed.
// An object that asks for more gets the real library; no process ever loads both.
#include <array>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "core/device/tvm_ffi_abi.hpp"

namespace {

using fihost::device::TvmFfiBytes;
using fihost::device::TvmFfiError;
using fihost::device::TvmFfiObjectHeader;
using fihost::device::TvmFfiTypeInfo;
using fihost::device::TvmFfiVersion;

constexpr std::uint64_t strong_mask = 0xffffffff, weak_one = std::uint64_t{1} << 32;
constexpr int destroy = 1, free_memory = 2;

void add_reference(void* object) {
  __atomic_fetch_add(&static_cast<TvmFfiObjectHeader*>(object)->counts, 1, __ATOMIC_RELAXED);
}

void drop_reference(void* object) {
  auto* header = static_cast<TvmFfiObjectHeader*>(object);
  const auto before = __atomic_fetch_sub(&header->counts, 1, __ATOMIC_ACQ_REL);
  if ((before & strong_mask) != 1 || header->deleter == nullptr) return;
  if (before == weak_one + 1) return header->deleter(object, destroy | free_memory);
  header->deleter(object, destroy);
  if (__atomic_fetch_sub(&header->counts, weak_one, __ATOMIC_ACQ_REL) == weak_one) {
    header->deleter(object, free_memory);
  }
}

/// An error that was raised as text.
struct TextError {
  TvmFfiError error{};  // first: its address is the object's
  void (*update_backtrace)(void*, const TvmFfiBytes*, std::int32_t) = nullptr;
  void* cause = nullptr;
  void* context = nullptr;
  std::string kind, message;
};

TextError* make_error(const char* kind, const char* message) {
  auto* made = new TextError;
  made->kind = kind;
  made->message = message;
  made->error.header = {weak_one + 1, fihost::device::tvm_ffi_error, 0, [](void* self, int flags) {
                          if ((flags & free_memory) != 0) delete static_cast<TextError*>(self);
                        }};
  made->error.kind = {made->kind.data(), made->kind.size()};
  made->error.message = {made->message.data(), made->message.size()};
  made->error.backtrace = {"", 0};
  made->update_backtrace = [](void*, const TvmFfiBytes*, std::int32_t) {};
  return made;
}

/// Per thread, as in the runtime it stands for.
struct ThreadState {
  void* raised = nullptr;
  std::map<std::pair<std::int32_t, std::int32_t>, void*> streams;  // by device type and id
};

ThreadState& thread_state() {
  static thread_local ThreadState state;
  return state;
}

void raise(void* error) {
  void*& raised = thread_state().raised;
  if (raised != nullptr) drop_reference(raised);
  raised = error;
}

/// The names that messages about wrong arguments hold.
std::string_view type_key(std::int32_t index) {
  constexpr std::array<std::string_view, 10> keys = {
      "None",     "int",    "bool",      "float",       "void*",
      "DataType", "Device", "DLTensor*", "const char*", "TVMFFIByteArray*"};
  if (index >= 0 && static_cast<std::size_t>(index) < keys.size()) {
    return keys[static_cast<std::size_t>(index)];
  }
  return "ffi.Object";
}

}  // namespace

#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED void TVMFFIGetVersion(TvmFfiVersion* version) {
  *version = {fihost::device::tvm_ffi_major, fihost::device::tvm_ffi_minor, 0};
}

EXPORTED int TVMFFIEnvSetStream(std::int32_t device_type, std::int32_t device_id, void* stream,
                                void** previous) {
  void*& current = thread_state().streams[{device_type, device_id}];
  if (previous != nullptr) *previous = current;
  current = stream;
  return 0;
}

EXPORTED void* TVMFFIEnvGetStream(std::int32_t device_type, std::int32_t device_id) {
  const auto& streams = thread_state().streams;
  const auto found = streams.find({device_type, device_id});
  return found == streams.end() ? nullptr : found->second;
}

EXPORTED int TVMFFIObjectIncRef(void* object) {
  add_reference(object);
  return 0;
}

EXPORTED int TVMFFIObjectDecRef(void* object) {
  drop_reference(object);
  return 0;
}

EXPORTED void TVMFFIErrorSetRaised(void* error) {
  if (error != nullptr) add_reference(error);
  raise(error);
}

EXPORTED void TVMFFIErrorSetRaisedFromCStr(const char* kind, const char* message) {
  raise(make_error(kind, message));
}

EXPORTED void TVMFFIErrorMoveFromRaised(void** error) {
  *error = std::exchange(thread_state().raised, nullptr);
}

EXPORTED const TvmFfiBytes* TVMFFIBacktrace(const char*, int, const char*, int) {
  static const TvmFfiBytes none{"", 0};
  return &none;
}

/// Valid on this thread until the next call.
EXPORTED const TvmFfiTypeInfo* TVMFFIGetTypeInfo(std::int32_t type_index) {
  // Room for the fields that follow the three that are read of a type without reflection.
  static thread_local struct {
    TvmFfiTypeInfo info;
    std::uint64_t rest[16];
  } answer;
  const auto key = type_key(type_index);
  answer.info = {type_index, 0, {key.data(), key.size()}};
  return &answer.info;
}
