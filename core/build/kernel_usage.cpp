#include "core/build/kernel_usage.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <optional>

#include "core/build/text_lines.hpp"

namespace fihost {
namespace {

/// The number that stands before `unit` in `line`: 64 of "Used 64 registers".
std::optional<int> number_before(std::string_view line, std::string_view unit) {
  const auto end = line.find(unit);
  if (end == std::string_view::npos) return std::nullopt;
  auto begin = end;
  while (begin > 0 && line[begin - 1] >= '0' && line[begin - 1] <= '9') --begin;
  int value = 0;
  const auto [stop, code] = std::from_chars(line.data() + begin, line.data() + end, value);
  if (begin == end || code != std::errc()) return std::nullopt;
  return value;
}

/// The text between the first two quotes.
std::string_view quoted(std::string_view& line) {
  const auto open = line.find('\'');
  if (open == std::string_view::npos) return {};
  const auto close = line.find('\'', open + 1);
  if (close == std::string_view::npos) return {};
  const auto text = line.substr(open + 1, close - open - 1);
  line.remove_prefix(close + 1);
  return text;
}

/// Reads line after line; knows which kernel and which function the present line is about.
class UsageReader {
 public:
  void take(std::string_view line) {
    if (const auto at = line.find("Compiling entry function '"); at != std::string_view::npos) {
      line.remove_prefix(at);
      begin_kernel(line);
    } else if (const auto of = line.find(properties); of != std::string_view::npos) {
      // Functions that were not inlined have properties too; they are no kernels.
      about_kernel_ = line.substr(of + properties.size()) == symbol_;
    } else if (!symbol_.empty()) {
      take_numbers(line);
    }
  }
  [[nodiscard]] std::vector<KernelUsage> result() && { return std::move(usages_); }

 private:
  static constexpr std::string_view properties = "Function properties for ";

  void begin_kernel(std::string_view line) {
    symbol_ = quoted(line);
    const std::string arch(quoted(line));
    const auto kernel = demangle(std::string(symbol_));
    const auto same = [&](const KernelUsage& u) { return u.kernel == kernel && u.arch == arch; };
    const auto known = std::find_if(usages_.begin(), usages_.end(), same);
    current_ = static_cast<std::size_t>(known - usages_.begin());
    if (known == usages_.end()) {
      usages_.emplace_back();
      usages_.back().kernel = kernel;
      usages_.back().arch = arch;
    }
    about_kernel_ = true;
  }

  void take_numbers(std::string_view line) {
    KernelUsage& usage = usages_[current_];
    if (const auto stack = number_before(line, " bytes stack frame"); stack && about_kernel_) {
      usage.stack_bytes = *stack;
      usage.spill_store_bytes = number_before(line, " bytes spill stores").value_or(0);
      usage.spill_load_bytes = number_before(line, " bytes spill loads").value_or(0);
    }
    if (const auto used = line.find("Used "); used != std::string_view::npos && about_kernel_) {
      usage.registers = number_before(line, " registers").value_or(0);
      usage.shared_bytes = number_before(line, " bytes smem").value_or(0);
    }
  }

  std::vector<KernelUsage> usages_;
  std::size_t current_ = 0;
  std::string_view symbol_;
  bool about_kernel_ = false;
};

}  // namespace

std::vector<KernelUsage> parse_kernel_usage(std::string_view log) {
  UsageReader reader;
  for_each_line(log, [&](std::string_view line) { reader.take(line); });
  return std::move(reader).result();
}

std::string demangle(const std::string& symbol) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status), &std::free);
  return status == 0 && text ? std::string(text.get()) : symbol;
}

}  // namespace fihost
