#include "core/base/hash.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <cstdint>

#include "core/base/error.hpp"

namespace fihost {
namespace {

std::string finish(EVP_MD_CTX* context) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_DigestFinal_ex(context, digest, &size);
  std::string text;
  for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

}  // namespace

void Hash::Free::operator()(evp_md_ctx_st* context) const noexcept { EVP_MD_CTX_free(context); }

Hash::Hash() : context_(EVP_MD_CTX_new()) {
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) {
    throw Error("libcrypto offers no SHA-256", Fault::internal);
  }
}

Hash& Hash::add(std::string_view part) {
  const std::uint64_t size = part.size();
  EVP_DigestUpdate(context_.get(), &size, sizeof size);
  EVP_DigestUpdate(context_.get(), part.data(), part.size());
  return *this;
}

std::string Hash::hex() { return finish(context_.get()); }

std::string sha1_hex(std::span<const std::string_view> parts) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  if (!context || EVP_DigestInit_ex(context.get(), EVP_sha1(), nullptr) != 1) {
    throw Error("libcrypto offers no SHA-1", Fault::internal);
  }
  for (const auto part : parts) EVP_DigestUpdate(context.get(), part.data(), part.size());
  return finish(context.get());
}

std::string sha256_base64(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr) != 1) {
    throw Error("libcrypto offers no SHA-256", Fault::internal);
  }
  unsigned char text[2 * EVP_MAX_MD_SIZE];  // base64 takes 4 bytes for 3
  const int length = EVP_EncodeBlock(text, digest, static_cast<int>(size));
  return {text, text + length};
}

}  // namespace fihost
