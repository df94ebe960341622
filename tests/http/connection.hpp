// The bytes of one accepted connection, with TLS or without.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>

#include "core/base/unique_fd.hpp"

namespace fihost::test {

/// One thread reads and writes; another may shut the descriptor down meanwhile.
class Connection {
 public:
  /// `tls` (null: none) outlives the connection.
  Connection(UniqueFd socket, SSL_CTX* tls);

  /// Take the TLS handshake, if there is one. False: the client does not want us.
  [[nodiscard]] bool accept();
  /// Append what has arrived; blocks until something has. False: the client is gone.
  [[nodiscard]] bool read(std::string& into);
  /// False: the client is gone.
  [[nodiscard]] bool write(std::string_view bytes);
  /// Say goodbye in TLS, so that an end is no cut.
  void finish();

 private:
  struct FreeSsl {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
  };

  UniqueFd socket_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
};

}  // namespace fihost::test
