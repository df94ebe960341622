#include "tools/fihost/arguments.hpp"

#include <algorithm>
#include <boost/program_options.hpp>
#include <charconv>
#include <cmath>
#include <sstream>

#include "core/base/error.hpp"
#include "core/base/nearest.hpp"

namespace fihost {
namespace {

namespace po = boost::program_options;

constexpr std::size_t help_columns = 100;

std::string spelled(const Option& option) {
  return option.letter == 0 ? option.name : option.name + "," + option.letter;
}

po::options_description described(const std::vector<Option>& options) {
  po::options_description all;
  auto add = all.add_options();
  for (const auto& option : options) {
    if (option.value.empty()) {
      add(spelled(option).c_str(), option.help.c_str());
    } else if (option.repeat == Option::Repeat::list) {
      add(spelled(option).c_str(),
          po::value<std::vector<std::string>>()->composing()->value_name(option.value),
          option.help.c_str());
    } else {
      add(spelled(option).c_str(), po::value<std::string>()->value_name(option.value),
          option.help.c_str());
    }
  }
  return all;
}

/// "-o, --output FILE"; without a letter as much space.
std::string shown(const Option& option) {
  const auto letter =
      option.letter == 0 ? std::string("    ") : fmt::format("-{}, ", option.letter);
  return letter + "--" + option.name + (option.value.empty() ? "" : " " + option.value);
}

/// `text` in lines of at most `columns`, all but the first one indented.
std::string wrapped(const std::string& text, std::size_t columns, std::size_t indent) {
  std::string out;
  std::size_t used = 0;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (used > 0 && used + 1 + word.size() > columns) {
      out += "\n" + std::string(indent, ' ');
      used = 0;
    }
    out += (used > 0 ? " " : "") + word;
    used += (used > 0 ? 1 : 0) + word.size();
  }
  return out;
}

std::string suggestion(const std::string& typed, const std::vector<Option>& options) {
  std::vector<std::string> names;
  for (const auto& option : options) names.push_back("--" + option.name);
  const auto near = nearest(typed, names);
  return near ? fmt::format("; did you mean {}?", *near) : std::string();
}

po::variables_map parse(const std::string& subcommand, const std::vector<Option>& options,
                        const std::vector<std::string>& words) {
  auto all = described(options);
  all.add_options()("path", po::value<std::vector<std::string>>());
  po::positional_options_description positional;
  positional.add("path", -1);
  const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  try {
    po::variables_map map;
    po::store(po::command_line_parser(words).options(all).positional(positional).style(style).run(),
              map);
    return map;
  } catch (const po::unknown_option& e) {
    throw Error(
        fmt::format("{}: there is no option {}{}; see fihost {} --help", subcommand,
                    e.get_option_name(), suggestion(e.get_option_name(), options), subcommand),
        Fault::usage);
  } catch (const po::error& e) {
    throw Error(fmt::format("{}: {}; see fihost {} --help", subcommand, e.what(), subcommand),
                Fault::usage);
  }
}

}  // namespace

std::vector<Option> operator+(std::vector<Option> left, const std::vector<Option>& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Arguments::Arguments(const std::string& subcommand, const std::vector<Option>& options,
                     const std::vector<std::string>& words)
    : subcommand_(subcommand), options_(options), values_(parse(subcommand, options, words)) {
  if (values_.count("path") > 0) paths_ = values_["path"].as<std::vector<std::string>>();
}

void Arguments::declared(const std::string& name) const {
  const auto same = [&name](const Option& option) { return option.name == name; };
  if (std::none_of(options_.begin(), options_.end(), same)) {
    throw Error(fmt::format("{} does not declare --{}", subcommand_, name), Fault::internal);
  }
}

bool Arguments::has(const std::string& name) const {
  declared(name);
  return values_.count(name) > 0;
}

std::optional<std::string> Arguments::text(const std::string& name) const {
  if (!has(name)) return std::nullopt;
  return values_[name].as<std::string>();
}

std::optional<std::filesystem::path> Arguments::path(const std::string& name) const {
  if (const auto value = text(name)) return std::filesystem::path(*value);
  return std::nullopt;
}

std::vector<std::string> Arguments::list(const std::string& name, char separator) const {
  std::vector<std::string> out;
  if (!has(name)) return out;
  for (const auto& value : values_[name].as<std::vector<std::string>>()) {
    std::istringstream parts(value);
    for (std::string part; std::getline(parts, part, separator);) {
      if (!part.empty()) out.push_back(part);
    }
  }
  return out;
}

std::optional<std::uint64_t> Arguments::integer(const std::string& name, const char* wanted,
                                                std::uint64_t lowest, std::uint64_t highest) const {
  const auto value = text(name);
  if (!value) return std::nullopt;
  std::uint64_t number = 0;
  const char* end = value->data() + value->size();
  const auto [rest, error] = std::from_chars(value->data(), end, number);
  if (error != std::errc{} || rest != end || number < lowest || number > highest) {
    refuse(name, *value, wanted);
  }
  return number;
}

std::optional<double> Arguments::number(const std::string& name, const char* wanted, double low,
                                        double high) const {
  const auto value = text(name);
  if (!value) return std::nullopt;
  double number = 0;
  std::istringstream in(*value);
  in.imbue(std::locale::classic());
  if (!(in >> number) || !in.eof() || !(number > low) || number > high) {
    refuse(name, *value, wanted);
  }
  return number;
}

std::optional<std::string> Arguments::choice(const std::string& name,
                                             const std::vector<std::string>& words) const {
  const auto value = text(name);
  if (!value || std::find(words.begin(), words.end(), *value) != words.end()) return value;
  std::string wanted;
  for (std::size_t i = 0; i < words.size(); ++i) {
    wanted += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  }
  refuse(name, *value, wanted);
}

void Arguments::refuse(const std::string& name, const std::string& found,
                       const std::string& wanted) {
  throw Error(fmt::format("--{} {}: wanted {}", name, found, wanted), Fault::usage);
}

std::string options_help(const std::vector<Option>& options) {
  std::size_t width = 0;
  for (const auto& option : options) width = std::max(width, shown(option).size());
  std::string text = "Options:\n";
  for (const auto& option : options) {
    text += fmt::format("  {:<{}}  {}\n", shown(option), width,
                        wrapped(option.help, help_columns - width - 4, width + 4));
  }
  return text;
}

}  // namespace fihost
