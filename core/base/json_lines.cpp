#include "core/base/json_lines.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/error.hpp"

namespace fihost {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{1} << 18;

std::string_view stripped(std::string_view line) {
  constexpr const char* blanks = " \t\r\f\v";
  const auto first = line.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(blanks) - first + 1);
}

}  // namespace

JsonLines::JsonLines(const std::filesystem::path& path)
    : path_(path), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (!fd_) fail("cannot read {}: {}", path.string(), errno_text(errno));
  struct stat status {};
  if (::fstat(fd_.get(), &status) == 0 && S_ISDIR(status.st_mode)) {
    fail("cannot read {}: it is a directory", path.string());
  }
}

std::string JsonLines::origin() const { return fmt::format("{}:{}", path_.string(), number_); }

bool JsonLines::fill() {
  if (ended_) return false;
  buffer_.erase(0, begin_);
  begin_ = 0;
  const auto held = buffer_.size();
  if (held > longest_json_line) {
    fail("{}:{}: the line is longer than {} MiB, which no dataset needs; remove it", path_.string(),
         number_ + 1, longest_json_line >> 20);
  }
  buffer_.resize(held + chunk_bytes);
  ssize_t n = 0;
  do {
    n = ::read(fd_.get(), buffer_.data() + held, chunk_bytes);
  } while (n < 0 && errno == EINTR);
  buffer_.resize(held + static_cast<std::size_t>(n < 0 ? 0 : n));
  if (n < 0) fail("cannot read {}: {}", path_.string(), errno_text(errno));
  ended_ = n == 0;
  return !ended_;
}

bool JsonLines::next(std::string_view& line) {
  std::size_t searched = begin_;
  for (;;) {
    auto end = buffer_.find('\n', searched);
    if (end == std::string::npos) {
      searched = buffer_.size() - begin_;  // fill() moves the rest to the front
      if (fill()) continue;
      searched = buffer_.size();
      if (begin_ == buffer_.size()) return false;
      end = buffer_.size();
    }
    ++number_;
    line = stripped(std::string_view(buffer_).substr(begin_, end - begin_));
    begin_ = std::min(end + 1, buffer_.size());
    searched = begin_;
    if (!line.empty()) return true;
  }
}

}  // namespace fihost
