#include "core/build/object_cache.hpp"

#include <utility>

#include "core/base/error.hpp"
#include "core/base/hash.hpp"
#include "core/base/json.hpp"
#include "core/build/build_result.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

std::string content_hash(const fs::path& path) { return Hash().add(read_text(path)).hex(); }

/// A file under the source's folder is named relative to it, so that the same source elsewhere, with
/// the same files around it, is the same build.
std::string portable(const fs::path& path, const fs::path& source) {
  const auto relative = path.lexically_normal().lexically_relative(source.parent_path());
  const bool below = !relative.empty() && *relative.begin() != "..";
  return below ? relative.string() : path.string();
}

fs::path here(const std::string& portable_path, const fs::path& source) {
  return source.parent_path() / portable_path;  // an absolute path stays as it is
}

/// `result` with the places of its diagnostics named the way dependencies are.
BuildResult portable(BuildResult result, const fs::path& source) {
  for (auto& d : result.diagnostics) {
    if (!d.file.empty()) d.file = portable(d.file, source);
  }
  return result;
}

/// Hashes of what the object was made from. A file that changed after the compiler started may have
/// been read before or after; it gets no hash, so the object will not be found again.
Json dependencies_json(const FreshObject& fresh) {
  Json out = Json::array();
  for (const auto& path : fresh.dependencies) {
    std::error_code code;
    const auto changed = fs::last_write_time(path, code);
    const bool settled = !code && changed <= fresh.started;
    out.push_back({{"path", portable(path, fresh.source)},
                   {"sha256", settled ? Json(content_hash(path)) : Json()}});
  }
  return out;
}

bool unchanged(const Json& dependencies, const fs::path& source) {
  for (const Json& file : dependencies) {
    if (!file.at("sha256").is_string()) return false;
    const auto path = file.at("path").get<std::string>();
    if (content_hash(here(path, source)) != file.at("sha256").get<std::string>()) return false;
  }
  return true;
}

}  // namespace

std::vector<std::string> parse_dependencies(std::string_view rule) {
  std::vector<std::string> out;
  const auto colon = rule.find(": ");
  if (colon == std::string_view::npos) return out;
  rule.remove_prefix(colon + 2);
  std::string word;
  const auto flush = [&] {
    if (!word.empty()) out.push_back(std::exchange(word, {}));
  };
  for (std::size_t i = 0; i < rule.size(); ++i) {
    const char c = rule[i];
    const char next = i + 1 < rule.size() ? rule[i + 1] : '\0';
    if ((c == '\\' && (next == ' ' || next == '#')) || (c == '$' && next == '$')) {
      word += next;
      ++i;
    } else if (c == ' ' || c == '\n' || c == '\r' ||
               (c == '\\' && (next == '\n' || next == '\r'))) {
      flush();
    } else {
      word += c;
    }
  }
  flush();
  return out;
}

std::optional<BuildResult> ObjectCache::find(const std::string& key, const fs::path& source) const {
  const auto manifest_path = path(key, ".json");
  if (!fs::exists(manifest_path)) return std::nullopt;
  try {
    const auto manifest = read_json(manifest_path);
    const auto object = path(key, ".so");
    if (content_hash(object) != manifest.at("object_sha256").get<std::string>())
      return std::nullopt;
    if (!unchanged(manifest.at("dependencies"), source)) return std::nullopt;
    auto result = read_build_result(manifest.at("result"));
    result.cached = true;
    result.object = object;
    for (auto& d : result.diagnostics) {
      if (!d.file.empty()) d.file = here(d.file, source).string();
    }
    return result;
  } catch (const Error&) {
    return std::nullopt;  // a file is gone or unreadable: build again
  } catch (const Json::exception&) {
    return std::nullopt;  // a manifest of another making
  }
}

fs::path ObjectCache::keep(const std::string& key, const FreshObject& fresh,
                           const BuildResult& result) const {
  const auto object = read_text(fresh.object);
  const Json manifest = {{"source", fresh.source.string()},
                         {"object_sha256", Hash().add(object).hex()},
                         {"dependencies", dependencies_json(fresh)},
                         {"result", to_json(portable(result, fresh.source))}};
  write_text(path(key, ".so"), object);
  write_text(path(key, ".json"), dump(manifest, 1));
  return path(key, ".so");
}

}  // namespace fihost
