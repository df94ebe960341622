#include "part.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fihost/tokens.hpp>
#include <optional>
#include <string_view>

namespace dispatch {
namespace {

using fihost::sdk::Token;
using fihost::sdk::TokenKind;

constexpr std::string_view entry = "fihost_candidate_v1";

// A stretch of the source and what stands there instead.
struct Edit {
  std::size_t begin, end;
  std::string text;
};

// "include", "define", ... of a directive, and what follows the word.
struct Directive {
  std::string_view word, rest;
};

Directive parse(std::string_view text) {
  const auto blank = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  std::size_t begin = 1;
  while (begin < text.size() && blank(text[begin])) ++begin;
  std::size_t end = begin;
  while (end < text.size() && std::isalpha(static_cast<unsigned char>(text[end])) != 0) ++end;
  std::size_t rest = end;
  while (rest < text.size() && blank(text[rest])) ++rest;
  return {text.substr(begin, end - begin), text.substr(rest)};
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0)
    text.remove_suffix(1);
  return text;
}

std::string first_word(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() &&
         (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_'))
    ++end;
  return std::string(text.substr(0, end));
}

class Surgeon {
 public:
  explicit Surgeon(const std::string& source)
      : source_(source), tokens_(fihost::sdk::tokens(source)) {}

  Part operate() {
    for (std::size_t i = 0; i < tokens_.size() && part_.refusal.empty(); ++i) {
      const Token& token = tokens_[i];
      if (token.kind == TokenKind::directive) {
        directive(i);
      } else {
        if (token.is("{")) ++braces_;
        if (token.is("}")) --braces_;
        if (!blocks_.empty()) blocks_.back().only_directives = false;
        if (token.kind == TokenKind::identifier) word(i);
      }
    }
    if (part_.refusal.empty() && tables_ != 1)
      refuse("its table is not one 'const fihost_candidate fihost_candidate_v1 = {...}'");
    check_fields();
    if (part_.refusal.empty()) part_.body = edited();
    return std::move(part_);
  }

 private:
  // A #if that is open: if it holds includes and nothing else, it moves as a whole.
  struct Block {
    std::size_t begin;
    bool only_directives = true, has_include = false, has_define = false;
  };

  void refuse(std::string why) {
    if (part_.refusal.empty()) part_.refusal = std::move(why);
  }

  void directive(std::size_t i) {
    const Token& token = tokens_[i];
    const Directive what = parse(token.text);
    if (what.word == "include") {
      include(token);
    } else if (what.word.starts_with("if")) {
      blocks_.push_back({token.offset});
    } else if (what.word == "endif") {
      end_block(token);
    } else if (what.word == "define" || what.word == "undef") {
      const std::string name = first_word(what.rest);
      if (what.word == "define" &&
          std::find(part_.macros.begin(), part_.macros.end(), name) == part_.macros.end())
        part_.macros.push_back(name);
      if (!blocks_.empty()) blocks_.back().has_define = true;
      before_include_ = std::string("#") + std::string(what.word) + " " + name;
    } else if (what.word == "pragma") {
      pragma(token, what);
    }
    rename_in(token);
  }

  void pragma(const Token& token, const Directive& what) {
    const std::string name = first_word(what.rest);
    const std::string text(trimmed(what.rest));
    if (name == "once") {
      edits_.push_back({token.offset, token.end(), ""});
    } else if ((name == "GCC" &&
                (text.find("optimize") != text.npos || text.find("target") != text.npos ||
                 text.find("_options") != text.npos)) ||
               name == "push_macro" || name == "pop_macro") {
      refuse("'#pragma " + text + "' would change the other part");
    }
  }

  void include(const Token& token) {
    if (braces_ > 0) return refuse("it includes within braces: " + std::string(token.text));
    if (!before_include_.empty())
      return refuse("'" + before_include_ + "' stands before " + std::string(trimmed(token.text)));
    if (!blocks_.empty()) {
      blocks_.back().has_include = true;
      return;
    }
    part_.includes.emplace_back(trimmed(token.text));
    edits_.push_back({token.offset, token.end(), ""});
  }

  void end_block(const Token& token) {
    if (blocks_.empty()) return refuse("an #endif has no #if");
    const Block block = blocks_.back();
    blocks_.pop_back();
    if (!blocks_.empty()) {
      blocks_.back().has_include |= block.has_include;
      blocks_.back().has_define |= block.has_define;
      return;
    }
    if (!block.has_include) return;
    if (!block.only_directives || block.has_define)
      return refuse("a conditional include shares its #if with code");
    part_.includes.push_back(source_.substr(block.begin, token.end() - block.begin));
    edits_.push_back({block.begin, token.end(), ""});
  }

  void word(std::size_t i) {
    const Token& token = tokens_[i];
    const auto next = [&](std::size_t by) -> std::string_view {
      return i + by < tokens_.size() ? tokens_[i + by].text : std::string_view();
    };
    if (token.is("extern") && next(1) == "\"C\"" && !before_table(i + 2))
      return refuse("extern \"C\" in a namespace would be one function for both parts");
    if (token.is("namespace") && braces_ == 0 && next(2) != "=" &&
        (i == 0 || !tokens_[i - 1].is("using")) &&
        (next(1) == "std" || next(1) == "fihost" || next(1) == "cuda"))
      return refuse("it adds to namespace " + std::string(next(1)));
    if (token.is("FIHOST_EXPORT")) edits_.push_back({token.offset, token.end(), ""});
    if (!token.is(entry)) return;
    const bool table = i >= 2 && tokens_[i - 1].is("fihost_candidate") && next(1) == "=" &&
                       next(2) == "{" &&
                       (tokens_[i - 2].is("const") || tokens_[i - 2].is("constexpr"));
    if (table) read_table(i);
    edits_.push_back({token.offset, token.end(), table_name});
  }

  // Whether `extern "C"` before `i` belongs to the table; then it goes.
  bool before_table(std::size_t i) {
    std::size_t at = i;
    while (at < tokens_.size() && tokens_[at].kind == TokenKind::identifier &&
           !tokens_[at].is(entry))
      ++at;
    if (at == tokens_.size() || !tokens_[at].is(entry)) return false;
    edits_.push_back({tokens_[i - 2].offset, tokens_[i - 1].end(), ""});
    return true;
  }

  void read_table(std::size_t name) {
    ++tables_;
    const Token& qualifier = tokens_[name - 2];
    edits_.push_back({qualifier.offset, qualifier.end(), "constexpr"});
    // {header, name, definition, arch, role, device_type, ...}, perhaps with .names
    const std::size_t close = fihost::sdk::closing(tokens_, name + 2);
    std::size_t field = 0, begin = name + 3;
    for (std::size_t i = begin; i <= close && i < tokens_.size(); ++i) {
      if (i < close && (tokens_[i].is("(") || tokens_[i].is("{"))) {
        i = fihost::sdk::closing(tokens_, i);
      } else if (i == close || tokens_[i].is(",")) {
        read_field(begin, i, field++);
        begin = i + 1;
      }
    }
  }

  void read_field(std::size_t begin, std::size_t end, std::size_t field) {
    static constexpr std::array<std::string_view, 6> names = {"header", "name", "definition",
                                                              "arch",   "role", "device_type"};
    std::string_view name = field < names.size() ? names[field] : std::string_view();
    if (end - begin >= 3 && tokens_[begin].is(".")) {
      name = tokens_[begin + 1].text;
      begin += 3;
    }
    if (begin >= end) return;
    std::string text;
    for (std::size_t i = begin; i < end; ++i) text += tokens_[i].text;
    if (name == "arch") part_.arch = text;
    if (name == "device_type") part_.device = text;
  }

  // They are repeated in the child's own table, which sees no names of the part.
  void check_fields() {
    if (part_.device != "FIHOST_CPU" && part_.device != "FIHOST_CUDA")
      refuse("its table names its device as '" + part_.device + "'");
    if (part_.arch != "nullptr" && !part_.arch.starts_with('"'))
      refuse("its table names its architecture as '" + part_.arch + "', which is no literal");
  }

  // The table's name in a macro's text.
  void rename_in(const Token& token) {
    const std::size_t place = token.text.find(entry);
    if (place == std::string_view::npos) return;
    edits_.push_back({token.offset + place, token.offset + place + entry.size(), table_name});
  }

  std::string edited() {
    std::stable_sort(edits_.begin(), edits_.end(),
                     [](const Edit& a, const Edit& b) { return a.begin < b.begin; });
    std::string text;
    std::size_t done = 0;
    for (const Edit& edit : edits_) {
      if (edit.begin < done) continue;  // within a block that moved
      text.append(source_, done, edit.begin - done).append(edit.text);
      done = edit.end;
      // A line that held nothing else goes with it.
      if (edit.text.empty() && (text.empty() || text.back() == '\n') && source_[done] == '\n')
        ++done;
    }
    return text.append(source_, done);
  }

  const std::string& source_;
  std::vector<Token> tokens_;
  Part part_;
  std::vector<Edit> edits_;
  std::vector<Block> blocks_;
  std::string before_include_;
  int braces_ = 0, tables_ = 0;
};

}  // namespace

Part take_apart(const std::string& source) { return Surgeon(source).operate(); }

}  // namespace dispatch
