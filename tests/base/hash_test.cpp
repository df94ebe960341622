#include "core/base/hash.hpp"

#include <doctest/doctest.h>

#include <string>

using fihost::Hash;

TEST_CASE("hash: is SHA-256 of length-framed parts") {
  // sha256 of eight zero bytes (the length of an empty part), by coreutils.
  CHECK(Hash().add("").hex() == "af5570f5a1810b7af78caf4bc70a660f0df51e42baf91d4de5b2328de0e83dfc");
}

TEST_CASE("hash: where one part ends matters") {
  CHECK(Hash().add("ab").add("c").hex() != Hash().add("a").add("bc").hex());
  CHECK(Hash().add("ab").add("c").hex() == Hash().add("ab").add("c").hex());
  CHECK(Hash().add("abc").hex() != Hash().add("abc").add("").hex());
}

TEST_CASE("hash: takes any bytes") {
  const std::string zeros(3, '\0');
  CHECK(Hash().add(zeros).hex() != Hash().add("").hex());
  CHECK(Hash().add(zeros).hex().size() == 64);
}

TEST_CASE("a hash in base64 is that of the bytes alone") {
  // printf abc | openssl dgst -sha256 -binary | base64
  CHECK(fihost::sha256_base64("abc") == "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}
