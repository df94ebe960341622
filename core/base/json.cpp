#include "core/base/json.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fihost/nesting.hpp>

#include "core/base/error.hpp"
#include "core/base/unique_fd.hpp"

namespace fihost {

namespace {

/// One-based line of the byte at `offset`.
std::ptrdiff_t line_of(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, std::min(offset, text.size()));
  return 1 + std::count(before.begin(), before.end(), '\n');
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code) fail("cannot make the folder {}: {}", folder.string(), code.message());
}

/// Removes an unfinished file unless it was renamed.
struct Unfinished {
  std::string path;
  ~Unfinished() {
    if (!path.empty()) ::unlink(path.c_str());
  }
};

void write_all(int fd, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot write {}: {}", path.string(), errno_text(errno));
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace

Json parse_json(std::string_view text, std::string_view origin) {
  if (const auto at = sdk::excess_nesting(text); at != std::string_view::npos) {
    fail("{}:{}: nests deeper than {} levels", origin, line_of(text, at), sdk::deepest_nesting);
  }
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& e) {
    std::string what = e.what();
    if (const auto at = what.find(": "); at != std::string::npos) what.erase(0, at + 2);
    fail("{}:{}: not valid JSON: {}", origin, line_of(text, std::max<std::size_t>(e.byte, 1) - 1),
         what);
  } catch (const Json::out_of_range& e) {
    // A number beyond double, quoted at the end of the message; the exception has no position.
    const std::string what = e.what();
    const auto quote = what.find('\'');
    const auto number = what.substr(std::min(quote, what.size()) + 1);
    const auto offset = text.find(std::string_view(number).substr(0, number.rfind('\'')));
    fail("{}:{}: not valid JSON: the number '{} is too large", origin,
         line_of(text, offset == std::string_view::npos ? 0 : offset), number);
  }
}

Json read_json(const std::filesystem::path& path) {
  return parse_json(read_text(path), path.string());
}

std::string read_text(const std::filesystem::path& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) fail("cannot read {}: {}", path.string(), errno_text(errno));
  std::string text;
  struct stat status {};
  if (::fstat(fd.get(), &status) == 0 && S_ISDIR(status.st_mode)) {
    fail("cannot read {}: it is a directory", path.string());
  }
  char chunk[1 << 16];
  for (;;) {
    const ssize_t n = ::read(fd.get(), chunk, sizeof chunk);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot read {}: {}", path.string(), errno_text(errno));
    if (n == 0) return text;
    text.append(chunk, static_cast<std::size_t>(n));
  }
}

void write_text(const std::filesystem::path& path, std::string_view text) {
  write_parts(path, {&text, 1});
}

void write_parts(const std::filesystem::path& path, std::span<const std::string_view> parts) {
  if (path.has_parent_path()) make_folder(path.parent_path());
  std::string temporary = path.string() + ".XXXXXX";
  const UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) fail("cannot write {}: {}", path.string(), errno_text(errno));
  Unfinished unfinished{temporary};
  for (const auto part : parts) write_all(fd.get(), part, path);
  ::fchmod(fd.get(), 0644);
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    fail("cannot write {}: {}", path.string(), errno_text(errno));
  }
  unfinished.path.clear();
}

std::string dump(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace fihost
