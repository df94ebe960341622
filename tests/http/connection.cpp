#include "tests/http/connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace fihost::test {

Connection::Connection(UniqueFd socket, SSL_CTX* tls) : socket_(std::move(socket)) {
  if (tls == nullptr) return;
  ssl_.reset(SSL_new(tls));
  SSL_set_fd(ssl_.get(), socket_.get());
}

bool Connection::accept() { return !ssl_ || SSL_accept(ssl_.get()) == 1; }

bool Connection::read(std::string& into) {
  char buffer[65536];
  const auto count = ssl_ ? SSL_read(ssl_.get(), buffer, sizeof buffer)
                          : ::recv(socket_.get(), buffer, sizeof buffer, 0);
  if (count <= 0) return false;
  into.append(buffer, static_cast<std::size_t>(count));
  return true;
}

bool Connection::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t most = std::min<std::size_t>(bytes.size(), std::size_t{1} << 20);
    const auto count = ssl_ ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(most))
                            : ::send(socket_.get(), bytes.data(), most, MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void Connection::finish() {
  if (ssl_) SSL_shutdown(ssl_.get());
}

}  // namespace fihost::test
