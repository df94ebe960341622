#include "core/search/yaml_tree.hpp"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <limits>
#include <regex>

#include "core/base/error.hpp"
#include "core/base/json_positions.hpp"

namespace fihost::search {
namespace {

// Aliases repeat what they name: a few lines can stand for more than any memory holds.
constexpr std::size_t most_nodes = 10'000;
// A list can hold an alias of itself, and has no end then.
constexpr int deepest = 64;

template <class Number>
std::optional<Json> whole(std::string_view text, int base) {
  Number number{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return Json(number);
}

std::optional<Json> integer(std::string_view text) {
  if (text.starts_with("0x")) return whole<std::uint64_t>(text.substr(2), 16);
  if (text.starts_with("0o")) return whole<std::uint64_t>(text.substr(2), 8);
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.starts_with('-')) return whole<std::int64_t>(text, 10);
  return whole<std::uint64_t>(text, 10);
}

std::optional<Json> real(const std::string& text) {
  static const std::regex number(R"([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?)");
  static const std::regex infinity(R"([-+]?\.(inf|Inf|INF))"), nan(R"(\.(nan|NaN|NAN))");
  if (std::regex_match(text, number)) return Json(std::strtod(text.c_str(), nullptr));
  constexpr double inf = std::numeric_limits<double>::infinity();
  if (std::regex_match(text, infinity)) return Json(text.front() == '-' ? -inf : inf);
  if (std::regex_match(text, nan)) return Json(std::numeric_limits<double>::quiet_NaN());
  return std::nullopt;
}

/// The core schema's reading of a plain scalar.
Json plain(const std::string& text) {
  for (const char* word : {"", "~", "null", "Null", "NULL"}) {
    if (text == word) return nullptr;
  }
  for (const char* word : {"true", "True", "TRUE"}) {
    if (text == word) return true;
  }
  for (const char* word : {"false", "False", "FALSE"}) {
    if (text == word) return false;
  }
  if (auto number = integer(text)) return *number;
  if (auto number = real(text)) return *number;
  return text;
}

class Conversion {
 public:
  Conversion(const std::string& origin, YamlTree& tree) : origin_(origin), tree_(tree) {}

  Json value(const YAML::Node& node, const std::string& pointer) {
    if (++nodes_ > most_nodes) refuse(node, fmt::format("has more than {} values", most_nodes));
    const Level level(depth_);
    if (depth_ > deepest) refuse(node, fmt::format("nests deeper than {} levels", deepest));
    tree_.lines.emplace(pointer, node.Mark().line + 1);
    check_tag(node);
    switch (node.Type()) {
      case YAML::NodeType::Scalar:
        return scalar(node);
      case YAML::NodeType::Sequence:
        return sequence(node, pointer);
      case YAML::NodeType::Map:
        return map(node, pointer);
      default:
        return nullptr;
    }
  }

 private:
  struct Level {
    explicit Level(int& depth) : depth_(depth) { ++depth_; }
    ~Level() { --depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    int& depth_;
  };

  [[noreturn]] void refuse(const YAML::Node& node, const std::string& text) const {
    throw Error(fmt::format("{}:{}: {}", origin_, node.Mark().line + 1, text), Fault::usage);
  }

  void check_tag(const YAML::Node& node) const {
    static const std::regex known("|[?!]|tag:yaml.org,2002:(str|int|float|bool|null|map|seq)");
    if (std::regex_match(node.Tag(), known)) return;
    refuse(node, fmt::format("the tag {} has no meaning here; leave it out", node.Tag()));
  }

  Json scalar(const YAML::Node& node) const {
    const auto& tag = node.Tag();
    if (tag == "!" || tag == "tag:yaml.org,2002:str") return node.Scalar();
    return plain(node.Scalar());
  }

  Json sequence(const YAML::Node& node, const std::string& pointer) {
    Json list = Json::array();
    for (const auto& element : node) {
      list.push_back(value(element, pointer + "/" + std::to_string(list.size())));
    }
    return list;
  }

  Json map(const YAML::Node& node, const std::string& pointer) {
    Json object = Json::object();
    for (const auto& member : node) {
      if (!member.first.IsScalar()) refuse(member.first, "a key must be text");
      const auto& key = member.first.Scalar();
      if (object.contains(key)) refuse(member.first, fmt::format("the key {} stands twice", key));
      const auto place = pointer + "/" + pointer_token(key);
      tree_.lines.emplace(place, member.first.Mark().line + 1);
      object[key] = value(member.second, place);
    }
    return object;
  }

  const std::string& origin_;
  YamlTree& tree_;
  std::size_t nodes_ = 0;
  int depth_ = 0;
};

}  // namespace

int YamlTree::line_of(std::string pointer) const {
  for (;;) {
    if (const auto found = lines.find(pointer); found != lines.end()) return found->second;
    if (pointer.empty()) return 1;
    pointer.erase(pointer.rfind('/'));
  }
}

YamlTree parse_yaml(std::string_view text, const std::string& origin) {
  YamlTree tree;
  try {
    const auto documents = YAML::LoadAll(std::string(text));
    if (documents.size() > 1) {
      throw Error(fmt::format("{}: holds {} documents; wanted one", origin, documents.size()),
                  Fault::usage);
    }
    if (!documents.empty()) tree.value = Conversion(origin, tree).value(documents.front(), "");
  } catch (const YAML::Exception& e) {
    throw Error(fmt::format("{}:{}: not valid YAML: {}", origin, e.mark.line + 1, e.msg),
                Fault::usage);
  }
  return tree;
}

}  // namespace fihost::search
