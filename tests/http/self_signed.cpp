#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>

#include "core/base/error.hpp"
#include "tests/http/loopback_server.hpp"

namespace fihost::test {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* what) const noexcept {
    Free(what);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, Freed<X509_free>>;
using File = std::unique_ptr<std::FILE, Freed<std::fclose>>;

void check(bool ok, const char* what) {
  if (!ok) fail("self-signed certificate: {} failed", what);
}

void add_extension(X509* certificate, int nid, const char* value) {
  const std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, nid, value));
  check(extension && X509_add_ext(certificate, extension.get(), -1) == 1, value);
}

X509Ptr signed_by(EVP_PKEY* key) {
  X509Ptr certificate(X509_new());
  X509* const x = certificate.get();
  constexpr long day = 24 * 60 * 60;
  X509_set_version(x, 2);  // counted from 0: version 3
  ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
  X509_gmtime_adj(X509_getm_notBefore(x), -day);
  X509_gmtime_adj(X509_getm_notAfter(x), day);
  X509_set_pubkey(x, key);
  X509_NAME* const name = X509_get_subject_name(x);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("loopback"), -1, -1, 0);
  X509_set_issuer_name(x, name);
  add_extension(x, NID_subject_alt_name, "IP:127.0.0.1");
  add_extension(x, NID_basic_constraints, "critical,CA:TRUE");
  check(X509_sign(x, key, EVP_sha256()) > 0, "X509_sign");
  return certificate;
}

File opened(const std::filesystem::path& path) {
  File file(std::fopen(path.c_str(), "w"));
  if (!file) fail("{}: cannot be written", path.string());
  return file;
}

}  // namespace

Certificate self_signed_certificate(const std::filesystem::path& folder) {
  const Certificate files{folder / "certificate.pem", folder / "key.pem"};
  const Key key(EVP_EC_gen("P-256"));
  check(key != nullptr, "EVP_EC_gen");
  const X509Ptr certificate = signed_by(key.get());
  const File out = opened(files.certificate), secret = opened(files.key);
  check(PEM_write_X509(out.get(), certificate.get()) == 1, "PEM_write_X509");
  check(PEM_write_PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
        "PEM_write_PrivateKey");
  return files;
}

}  // namespace fihost::test
