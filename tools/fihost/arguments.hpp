// What was typed after a subcommand, read by the options that it declares.
#pragma once

#include <boost/program_options/variables_map.hpp>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace fihost {

/// One option of a subcommand. Help, completion and man pages are made from these.
struct Option {
  enum class Repeat { once, list };
  enum class Hint { none, file, folder, definition };  ///< what completion offers as its value

  std::string name;        ///< without dashes
  std::string value = {};  ///< "FILE"; empty: a flag
  std::string help = {};   ///< one line
  char letter = 0;         ///< 'o' for -o; 0: none
  Repeat repeat = Repeat::once;
  Hint hint = Hint::none;
  std::vector<std::string> words = {};  ///< values that completion offers; others may be taken
};

[[nodiscard]] std::vector<Option> operator+(std::vector<Option> left,
                                            const std::vector<Option>& right);

/// Values by option name. Asking for an option that was not declared is a broken contract (Error,
/// internal).
class Arguments {
 public:
  /// Throws Error (usage) for an unknown option, with the nearest known one, for a value that is
  /// missing and for one that is not wanted.
  Arguments(const std::string& subcommand, const std::vector<Option>& options,
            const std::vector<std::string>& words);

  /// What stands without a dash.
  [[nodiscard]] const std::vector<std::string>& paths() const { return paths_; }
  [[nodiscard]] bool has(const std::string& name) const;
  [[nodiscard]] std::optional<std::string> text(const std::string& name) const;
  [[nodiscard]] std::optional<std::filesystem::path> path(const std::string& name) const;
  /// Of an option that may be repeated, every value split at `separator`.
  [[nodiscard]] std::vector<std::string> list(const std::string& name, char separator) const;
  /// An integer of at least `lowest` and at most `highest`; throws Error (usage) saying `wanted`.
  [[nodiscard]] std::optional<std::uint64_t> integer(
      const std::string& name, const char* wanted, std::uint64_t lowest = 0,
      std::uint64_t highest = std::numeric_limits<std::uint64_t>::max()) const;
  /// A finite number above `low` and at most `high`; throws Error (usage) saying `wanted`.
  [[nodiscard]] std::optional<double> number(const std::string& name, const char* wanted,
                                             double low, double high) const;
  /// One of `words`; throws Error (usage) listing them.
  [[nodiscard]] std::optional<std::string> choice(const std::string& name,
                                                  const std::vector<std::string>& words) const;

  /// Throws Error (usage): "--name found: wanted ...".
  [[noreturn]] static void refuse(const std::string& name, const std::string& found,
                                  const std::string& wanted);

 private:
  void declared(const std::string& name) const;

  std::string subcommand_;
  std::vector<Option> options_;
  std::vector<std::string> paths_;
  boost::program_options::variables_map values_;
};

/// The options, one a line, for --help.
[[nodiscard]] std::string options_help(const std::vector<Option>& options);

}  // namespace fihost
