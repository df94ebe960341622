// Whether two objects hold the same machine code, whatever their sources look like.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>

#include "core/build/builder.hpp"

namespace fihost::search {

/// The program that takes machine code for the GPU out of an object: beside nvcc, else in PATH. It is
/// part of the CUDA toolkit, but may be left out.
[[nodiscard]] std::optional<std::filesystem::path> find_cuobjdump(const Toolchain& tools);

/// SHA-256 of all that a shared object brings into memory: host code, data and the names it is linked
/// by; for the GPU the code, constants and attributes of every kernel. Comments, names of variables and
/// the source's folder do not count; the source's file name and line numbers that the code mentions
/// do. Equal digests: equal programs. Empty: unknown, as `object` is no ELF file, or holds code for
/// the GPU and `cuobjdump` is absent, fails, is stopped or finds only PTX. Throws Error when the file
/// cannot be read. Thread-safe.
[[nodiscard]] std::string code_digest(const std::filesystem::path& object,
                                      const std::optional<std::filesystem::path>& cuobjdump,
                                      std::stop_token stop = {});

}  // namespace fihost::search
