#include "core/plugin/library_scan.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

#include "core/base/error.hpp"
#include "core/base/unique_fd.hpp"

namespace fihost {
namespace {

#if defined(__x86_64__)
constexpr Elf64_Half machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half machine = EM_AARCH64;
#endif

// The NULs keep longer names that contain this one from matching.
constexpr std::string_view entry_name("\0fihost_plugin_v1\0", 18);

/// A file mapped for reading.
class Mapping {
 public:
  explicit Mapping(const std::filesystem::path& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0) {
      fail("cannot read {}: {}", path.string(), errno_text(errno));
    }
    if (!S_ISREG(status.st_mode)) fail("cannot read {}: not a regular file", path.string());
    size_ = static_cast<std::size_t>(status.st_size);
    if (size_ == 0) return;
    data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd.get(), 0);
    if (data_ == MAP_FAILED) fail("cannot read {}: {}", path.string(), errno_text(errno));
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    if (size_ != 0) ::munmap(data_, size_);
  }

  [[nodiscard]] std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

/// The T at `offset`, which need not be aligned; none beyond the end.
template <class T>
std::optional<T> read(std::string_view bytes, std::size_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

/// The loader maps segments without a look at the file's size, and touching one that lies beyond
/// its end is SIGBUS.
bool truncated(std::string_view bytes, const Elf64_Ehdr& header) {
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    const auto segment = read<Elf64_Phdr>(bytes, header.e_phoff + i * sizeof(Elf64_Phdr));
    if (!segment) return true;
    if (segment->p_type == PT_LOAD && (segment->p_offset > bytes.size() ||
                                       segment->p_filesz > bytes.size() - segment->p_offset)) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string plugin_refusal(const std::filesystem::path& path) {
  const Mapping file(path);
  const std::string_view bytes = file.bytes();
  const auto header = read<Elf64_Ehdr>(bytes, 0);
  if (!bytes.starts_with(std::string_view(ELFMAG, SELFMAG))) return "not an ELF file";
  if (!header) return "truncated";
  if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_machine != machine) {
    return fmt::format("built for another machine: ELF machine {}, want {}", header->e_machine,
                       machine);
  }
  if (header->e_type != ET_DYN) return "not a shared object";
  if (header->e_phentsize != sizeof(Elf64_Phdr) || truncated(bytes, *header)) return "truncated";
  if (bytes.find(entry_name) == std::string_view::npos) {
    return "not a plugin: it exports no fihost_plugin_v1";
  }
  return "";
}

}  // namespace fihost
