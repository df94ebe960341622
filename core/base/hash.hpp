// Content hashes: for cache keys, and where a format prescribes one.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace fihost {

/// Streaming SHA-256. Each part is framed by its length, so ("ab","c") and ("a","bc") differ.
class Hash {
 public:
  Hash();
  Hash& add(std::string_view part);
  /// 64 lower-case hexadecimal digits. The object is spent afterwards.
  [[nodiscard]] std::string hex();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// SHA-1 of the parts one after the other, unframed, as 40 lower-case hexadecimal digits: for formats
/// that prescribe it, not for keys of our own.
[[nodiscard]] std::string sha1_hex(std::span<const std::string_view> parts);

/// SHA-256 of the bytes as they are, in base64, as content security policies name it.
[[nodiscard]] std::string sha256_base64(std::string_view bytes);

}  // namespace fihost
