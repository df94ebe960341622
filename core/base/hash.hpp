// Content hashes for cache keys.
#pragma once

#include <memory>
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

}  // namespace fihost
