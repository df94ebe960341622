#include "tools/fihost/interrupt.hpp"

#include <pthread.h>
#include <unistd.h>

namespace fihost {

Interrupt::Interrupt() {
  ::sigemptyset(&signals_);
  ::sigaddset(&signals_, SIGINT);
  ::sigaddset(&signals_, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  thread_ = std::jthread([this] { wait_for_signals(); });
}

Interrupt::~Interrupt() {
  closing_ = true;
  ::pthread_kill(thread_.native_handle(), SIGTERM);
}

void Interrupt::wait_for_signals() {
  for (;;) {
    int signal = 0;
    if (::sigwait(&signals_, &signal) != 0) continue;
    if (closing_) return;
    // Who asks twice does not want to wait. What children there are die with this process.
    if (source_.stop_requested()) ::_exit(130);
    source_.request_stop();
  }
}

}  // namespace fihost
