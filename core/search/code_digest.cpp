#include "core/search/code_digest.hpp"

#include <elf.h>
#include <gelf.h>
#include <libelf.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/hash.hpp"
#include "core/base/json.hpp"
#include "core/base/process.hpp"
#include "core/base/temp_dir.hpp"

namespace fihost::search {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view fatbin = ".nv_fatbin";
constexpr auto extraction_timeout = std::chrono::seconds(60);

using ElfHandle = std::unique_ptr<Elf, decltype(&::elf_end)>;

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

/// nvcc names what lies in an unnamed namespace, or is static, after a hash of the source's path:
/// _GLOBAL__N__ba90d36d_4_k_cu, _INTERNAL_ba90d36d_4_k_cu. The hash becomes zeros.
void blank_path_hashes(std::string& bytes) {
  constexpr std::size_t digits = 8;
  for (const std::string_view mark : {"_GLOBAL__N__", "_INTERNAL_"}) {
    for (auto at = bytes.find(mark); at != std::string::npos; at = bytes.find(mark, at + 1)) {
      const auto begin = at + mark.size();
      if (begin + digits >= bytes.size() || bytes[begin + digits] != '_') continue;
      const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(begin);
      if (std::all_of(first, first + digits, is_hex)) std::fill(first, first + digits, '0');
    }
  }
}

/// What the loader maps, but for the build's id and the GPU's code, which stands beside its own
/// debugging lines there.
bool counts_on_host(std::string_view name, const GElf_Shdr& section) {
  return (section.sh_flags & SHF_ALLOC) != 0 && section.sh_type != SHT_NOTE && name != fatbin;
}

/// All but symbols, which name variables, and what tells lines.
bool counts_on_gpu(std::string_view name, const GElf_Shdr& section) {
  return section.sh_type != SHT_NOTE && section.sh_type != SHT_SYMTAB &&
         section.sh_type != SHT_STRTAB && name.find("debug") == std::string_view::npos;
}

using Counts = bool (*)(std::string_view name, const GElf_Shdr& section);

struct Sections {
  std::string digest;  ///< empty: no ELF file that libelf can read
  bool for_gpu = false;
};

/// False when libelf cannot read the section.
bool add_section(Hash& hash, Elf_Scn* part, std::string_view name, const GElf_Shdr& section) {
  hash.add(name).add(std::to_string(section.sh_size));
  if (section.sh_type == SHT_NOBITS) return true;
  const Elf_Data* data = ::elf_rawdata(part, nullptr);
  if (data == nullptr) return false;
  if (data->d_buf != nullptr) hash.add({static_cast<const char*>(data->d_buf), data->d_size});
  return true;
}

Sections digest_sections(std::string bytes, Counts counts) {
  blank_path_hashes(bytes);
  if (::elf_version(EV_CURRENT) == EV_NONE) {
    throw Error("libelf is older than its header", Fault::internal);
  }
  const ElfHandle elf(::elf_memory(bytes.data(), bytes.size()), &::elf_end);
  GElf_Ehdr header{};
  std::size_t names = 0;
  if (!elf || ::elf_kind(elf.get()) != ELF_K_ELF || ::gelf_getehdr(elf.get(), &header) == nullptr ||
      ::elf_getshdrstrndx(elf.get(), &names) != 0) {
    return {};
  }
  Hash hash;
  hash.add(std::to_string(header.e_machine)).add(std::to_string(header.e_flags));
  Sections found;
  bool any = false;  // a file that was cut off has lost its section table
  for (Elf_Scn* part = ::elf_nextscn(elf.get(), nullptr); part != nullptr;
       part = ::elf_nextscn(elf.get(), part)) {
    GElf_Shdr section{};
    if (::gelf_getshdr(part, &section) == nullptr) return {};
    const char* text = ::elf_strptr(elf.get(), names, section.sh_name);
    const std::string_view name = text != nullptr ? text : "";
    found.for_gpu = found.for_gpu || name == fatbin;
    if (!counts(name, section)) continue;
    if (!add_section(hash, part, name, section)) return {};
    any = true;
  }
  if (any) found.digest = hash.hex();
  return found;
}

/// One digest for each architecture, sorted; none: unknown.
std::vector<std::string> gpu_digests(const fs::path& object, const fs::path& cuobjdump,
                                     std::stop_token stop) {
  const TempDir folder;
  const auto output = run({.arguments = {cuobjdump.string(), "-xelf", "all", object.string()},
                           .environment = {},
                           .directory = folder.path(),
                           .files = {}},
                          extraction_timeout, std::move(stop));
  if (!output.exit.ok() || output.timed_out || output.cancelled) return {};
  std::vector<std::string> digests;
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    auto sections = digest_sections(read_text(entry.path()), counts_on_gpu);
    if (sections.digest.empty()) return {};
    digests.push_back(std::move(sections.digest));
  }
  std::sort(digests.begin(), digests.end());
  return digests;
}

}  // namespace

std::optional<fs::path> find_cuobjdump(const Toolchain& tools) {
  if (tools.nvcc) {
    auto beside = fs::path(*tools.nvcc).parent_path() / "cuobjdump";
    if (std::error_code code; fs::exists(beside, code)) return beside;
  }
  return find_program("cuobjdump");
}

std::string code_digest(const fs::path& object, const std::optional<fs::path>& cuobjdump,
                        std::stop_token stop) {
  const auto host = digest_sections(read_text(object), counts_on_host);
  if (host.digest.empty()) return {};
  Hash hash;
  hash.add("code").add(host.digest);
  if (host.for_gpu) {
    if (!cuobjdump) return {};
    const auto gpu = gpu_digests(fs::absolute(object), *cuobjdump, std::move(stop));
    if (gpu.empty()) return {};
    for (const auto& digest : gpu) hash.add(digest);
  }
  return hash.hex();
}

}  // namespace fihost::search
