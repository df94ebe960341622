#include "core/build/object_file.hpp"

#include <elf.h>
#include <gelf.h>
#include <libelf.h>

#include <algorithm>
#include <fstream>
#include <memory>

#include "core/base/error.hpp"
#include "core/base/json.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view candidate_symbol = "fihost_candidate_v1";
constexpr std::string_view plugin_symbol = "fihost_plugin_v1";
constexpr std::string_view tvm_ffi_prefix = "__tvm_ffi_";

using ElfHandle = std::unique_ptr<Elf, decltype(&::elf_end)>;

/// libelf over bytes in memory; they must outlive the handle.
ElfHandle open_elf(std::string& bytes) {
  if (::elf_version(EV_CURRENT) == EV_NONE) {
    throw Error("libelf is older than its header", Fault::internal);
  }
  return {::elf_memory(bytes.data(), bytes.size()), &::elf_end};
}

/// Compared with this very program, which runs here.
bool same_machine(const GElf_Ehdr& header) {
  Elf64_Ehdr own{};
  std::ifstream self("/proc/self/exe", std::ios::binary);
  if (!self.read(reinterpret_cast<char*>(&own), sizeof own)) {
    throw Error("cannot read /proc/self/exe; is /proc mounted?");
  }
  return header.e_machine == own.e_machine && header.e_ident[EI_CLASS] == own.e_ident[EI_CLASS] &&
         header.e_ident[EI_DATA] == own.e_ident[EI_DATA];
}

/// Whether the file holds all that the loader would map and all of the section table.
bool is_whole(Elf* elf, const GElf_Ehdr& header, std::uint64_t size) {
  const auto inside = [size](std::uint64_t offset, std::uint64_t length) {
    return offset <= size && length <= size - offset;
  };
  std::size_t segments = 0;
  if (::elf_getphdrnum(elf, &segments) != 0 || segments == 0) return false;
  if (!inside(header.e_phoff, segments * sizeof(Elf64_Phdr))) return false;
  for (std::size_t i = 0; i < segments; ++i) {
    GElf_Phdr segment{};
    if (::gelf_getphdr(elf, static_cast<int>(i), &segment) == nullptr) return false;
    if (!inside(segment.p_offset, segment.p_filesz)) return false;
  }
  return inside(header.e_shoff, std::uint64_t{header.e_shnum} * header.e_shentsize);
}

/// What one file says, gathered section by section.
struct Content {
  std::vector<std::string> exports;
  std::vector<std::string> needed;
  std::vector<std::string> undefined;
  bool dynamic = false;
  bool executable = false;  ///< position-independent, but a program
};

void read_symbols(Elf* elf, const GElf_Shdr& section, Elf_Data* data, Content& content) {
  const auto count = data->d_size / sizeof(Elf64_Sym);
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Sym symbol{};
    if (::gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) return;
    const auto visibility = GELF_ST_VISIBILITY(symbol.st_other);
    const bool visible = visibility == STV_DEFAULT || visibility == STV_PROTECTED;
    if (GELF_ST_BIND(symbol.st_info) == STB_LOCAL || !visible) continue;
    const char* name = ::elf_strptr(elf, section.sh_link, symbol.st_name);
    if (name == nullptr || *name == '\0') continue;
    (symbol.st_shndx == SHN_UNDEF ? content.undefined : content.exports).emplace_back(name);
  }
}

void read_dynamic(Elf* elf, const GElf_Shdr& section, Elf_Data* data, Content& content) {
  content.dynamic = true;
  const auto count = data->d_size / sizeof(Elf64_Dyn);
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Dyn entry{};
    if (::gelf_getdyn(data, static_cast<int>(i), &entry) == nullptr) return;
    if (entry.d_tag == DT_NULL) return;
    if (entry.d_tag == DT_FLAGS_1) content.executable = (entry.d_un.d_val & DF_1_PIE) != 0;
    if (entry.d_tag != DT_NEEDED) continue;
    const char* name = ::elf_strptr(elf, section.sh_link, entry.d_un.d_val);
    if (name != nullptr) content.needed.emplace_back(name);
  }
}

Content read_content(Elf* elf) {
  Content content;
  for (Elf_Scn* part = ::elf_nextscn(elf, nullptr); part != nullptr;
       part = ::elf_nextscn(elf, part)) {
    GElf_Shdr section{};
    if (::gelf_getshdr(part, &section) == nullptr) continue;
    if (section.sh_type != SHT_DYNSYM && section.sh_type != SHT_DYNAMIC) continue;
    Elf_Data* data = ::elf_getdata(part, nullptr);
    if (data == nullptr || data->d_buf == nullptr) continue;
    if (section.sh_type == SHT_DYNSYM) read_symbols(elf, section, data, content);
    if (section.sh_type == SHT_DYNAMIC) read_dynamic(elf, section, data, content);
  }
  return content;
}

/// TVM-FFI's functions among the exports, without what it adds beside them.
std::vector<std::string> tvm_ffi_functions(const std::vector<std::string>& exports) {
  std::vector<std::string> names;
  for (const std::string_view symbol : exports) {
    if (!symbol.starts_with(tvm_ffi_prefix)) continue;
    const auto name = symbol.substr(tvm_ffi_prefix.size());
    if (name.empty() || name.starts_with("_metadata_") || name.starts_with("_doc_") ||
        name.starts_with("_library_")) {
      continue;
    }
    names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string judge_exports(const ObjectFile& object, bool plugin) {
  if (object.candidate && plugin) {
    return fmt::format("exports both {} and {}; an object is a candidate or a plugin",
                       candidate_symbol, plugin_symbol);
  }
  if (plugin) return fmt::format("a plugin ({}), not a candidate", plugin_symbol);
  if (!object.candidate && object.tvm_ffi_functions.empty()) {
    return fmt::format("no entry symbol {} or {}<name>", candidate_symbol, tvm_ffi_prefix);
  }
  return {};
}

}  // namespace

ObjectFile inspect_object(const fs::path& path) {
  ObjectFile object;
  if (std::error_code code; fs::exists(path, code) && !fs::is_regular_file(path, code)) {
    object.refusal = "not a regular file";
    return object;
  }
  auto bytes = read_text(path);
  if (!bytes.starts_with(ELFMAG)) {
    object.refusal = "not an ELF file";
    return object;
  }
  const auto size = bytes.size();
  const auto elf = open_elf(bytes);
  GElf_Ehdr header{};
  if (!elf || ::elf_kind(elf.get()) != ELF_K_ELF || ::gelf_getehdr(elf.get(), &header) == nullptr) {
    object.refusal = size < sizeof(Elf64_Ehdr) ? "truncated: not even an ELF header"
                                               : "not an ELF file that libelf can read";
    return object;
  }
  if (!same_machine(header)) {
    object.refusal =
        fmt::format("built for another machine (ELF machine {}, class {}, data {})",
                    header.e_machine, header.e_ident[EI_CLASS], header.e_ident[EI_DATA]);
  } else if (header.e_type != ET_DYN) {
    object.refusal = fmt::format("not a shared object (ELF type {})", header.e_type);
  } else if (!is_whole(elf.get(), header, size)) {
    object.refusal = fmt::format("truncated: its headers name parts beyond its {} bytes", size);
  }
  if (!object.refusal.empty()) return object;
  auto content = read_content(elf.get());
  object.exports = std::move(content.exports);
  object.needed = std::move(content.needed);
  object.undefined = std::move(content.undefined);
  const auto exported = [&](std::string_view symbol) {
    return std::find(object.exports.begin(), object.exports.end(), symbol) != object.exports.end();
  };
  object.candidate = exported(candidate_symbol);
  object.tvm_ffi_functions = tvm_ffi_functions(object.exports);
  if (!content.dynamic) {
    object.refusal = "not a shared object: it has no dynamic section";
  } else if (content.executable) {
    object.refusal = "a program, not a shared object";
  } else {
    object.refusal = judge_exports(object, exported(plugin_symbol));
  }
  return object;
}

}  // namespace fihost
