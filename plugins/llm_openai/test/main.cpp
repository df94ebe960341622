#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdlib>

// The tests' servers are on this machine: what the environment says about others does not count.
int main(int argc, char** argv) {
  for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
                           "no_proxy", "NO_PROXY", "OPENAI_API_KEY", "SSL_CERT_FILE"}) {
    ::unsetenv(name);
  }
  return doctest::Context(argc, argv).run();
}
