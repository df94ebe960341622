#include "tools/fihost/completion_script.hpp"

#include <map>

#include "core/base/error.hpp"

namespace fihost {
namespace {

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/// In single quotes, as bash and zsh read them.
std::string shell_quoted(const std::string& text) {
  return "'" + replaced(text, "'", "'\\''") + "'";
}

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

std::vector<std::string> names_of(const std::vector<Subcommand>& commands) {
  std::vector<std::string> names;
  for (const auto& command : commands) names.push_back(command.name);
  return names;
}

std::vector<std::string> spellings(const Option& option) {
  std::vector<std::string> all = {"--" + option.name};
  if (option.letter != 0) all.push_back(std::string("-") + option.letter);
  return all;
}

// --- bash ---

constexpr const char* bash_frame =
    R"sh(# bash completion of fihost, written by `fihost completion bash`.
_fihost_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current"); }
_fihost_paths() {
  mapfile -t COMPREPLY < <(compgen "$1" -- "$current")
  compopt -o filenames 2>/dev/null
}

_fihost() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    _fihost_words '@COMMANDS@ help --help --version'
    return
  fi
  # --name=value arrives as three words.
  if [[ $current == = ]]; then
    current=
  elif [[ $previous == = ]]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  case "${COMP_WORDS[1]} $previous" in
@VALUES@  esac
  case "${COMP_WORDS[1]} $current" in
@OPTIONS@  esac
  if ((COMP_CWORD == 2)); then
    case "${COMP_WORDS[1]}" in
@ACTIONS@    esac
  fi
  _fihost_paths -f
}
complete -F _fihost fihost
)sh";

std::string bash_value(const Option& option) {
  if (!option.words.empty()) return "_fihost_words " + shell_quoted(joined(option.words, " "));
  switch (option.hint) {
    case Option::Hint::file:
      return "_fihost_paths -f";
    case Option::Hint::folder:
      return "_fihost_paths -d";
    case Option::Hint::definition:
      return R"sh(_fihost_words "$("${COMP_WORDS[0]}" completion definitions 2>/dev/null)")sh";
    case Option::Hint::none:
      break;
  }
  return ":";  // only the user knows
}

std::string bash_script(const std::vector<Subcommand>& commands) {
  std::map<std::string, std::vector<std::string>> values;  // what is offered -> after which words
  std::string options;
  std::string actions = "      help) _fihost_words " +
                        shell_quoted(joined(names_of(commands), " ") + " --man --json") +
                        "; return ;;\n";
  for (const auto& command : commands) {
    std::vector<std::string> dashed;
    for (const auto& option : all_options(command)) {
      for (const auto& spelling : spellings(option)) {
        dashed.push_back(spelling);
        if (!option.value.empty()) {
          values[bash_value(option)].push_back(shell_quoted(command.name + " " + spelling));
        }
      }
    }
    options += fmt::format("    '{} -'*) _fihost_words {}; return ;;\n", command.name,
                           shell_quoted(joined(dashed, " ")));
    if (command.actions.empty()) continue;
    actions += fmt::format("      {}) _fihost_words {}; return ;;\n", command.name,
                           shell_quoted(joined(command.actions, " ")));
  }
  std::string cases;
  for (const auto& [offer, words] : values) {
    cases += fmt::format("    {}) {}; return ;;\n", joined(words, " | \\\n      "), offer);
  }
  std::string script = replaced(bash_frame, "@COMMANDS@", joined(names_of(commands), " "));
  script = replaced(script, "@VALUES@", cases);
  script = replaced(script, "@OPTIONS@", options);
  return replaced(script, "@ACTIONS@", actions);
}

// --- zsh ---

constexpr const char* zsh_frame = R"sh(#compdef fihost
# zsh completion of fihost, written by `fihost completion zsh`.
_fihost_definitions() {
  local -a names
  names=(${(f)"$($program completion definitions 2>/dev/null)"})
  compadd -a names
}

_fihost() {
  local program=$words[1] command=$words[2]
  local -a commands
  commands=(
@COMMANDS@    'help:the options of a command'
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  shift words
  ((CURRENT--))
  case $command in
@CASES@    help) _describe command commands ;;
  esac
}

if [[ $funcstack[1] == _fihost ]]; then
  _fihost "$@"
else
  compdef _fihost fihost
fi
)sh";

std::string zsh_value(const Option& option) {
  if (!option.words.empty()) return "(" + joined(option.words, " ") + ")";
  switch (option.hint) {
    case Option::Hint::file:
      return "_files";
    case Option::Hint::folder:
      return "_files -/";
    case Option::Hint::definition:
      return "_fihost_definitions";
    case Option::Hint::none:
      break;
  }
  return " ";
}

/// One specification of _arguments, e.g. '--seed=[of the random inputs]:N: '.
std::string zsh_option(const Option& option, const std::string& spelling) {
  std::string text = option.repeat == Option::Repeat::list ? "*" : "";
  const bool letter = spelling.size() == 2;
  text += spelling + (option.value.empty() ? "" : letter ? "+" : "=");
  auto help = replaced(option.help, "\\", "\\\\");
  help = replaced(replaced(help, "[", "\\["), "]", "\\]");
  text += "[" + help + "]";
  if (!option.value.empty()) text += ":" + option.value + ":" + zsh_value(option);
  return shell_quoted(text);
}

std::string zsh_script(const std::vector<Subcommand>& commands) {
  std::string list, cases;
  for (const auto& command : commands) {
    list +=
        "    " + shell_quoted(command.name + ":" + replaced(command.summary, ":", "\\:")) + "\n";
    cases += "    " + command.name + ")\n      _arguments";
    for (const auto& option : all_options(command)) {
      for (const auto& spelling : spellings(option)) {
        cases += " \\\n        " + zsh_option(option, spelling);
      }
    }
    if (!command.actions.empty()) {
      cases += " \\\n        " + shell_quoted("1:action:(" + joined(command.actions, " ") + ")");
    }
    cases += " \\\n        '*:file:_files' ;;\n";
  }
  return replaced(replaced(zsh_frame, "@COMMANDS@", list), "@CASES@", cases);
}

// --- fish ---

/// In single quotes, as fish reads them.
std::string fish_quoted(const std::string& text) {
  return "'" + replaced(replaced(text, "\\", "\\\\"), "'", "\\'") + "'";
}

std::string fish_value(const Option& option) {
  if (option.value.empty()) return "";
  if (!option.words.empty()) return " -x -a " + fish_quoted(joined(option.words, " "));
  switch (option.hint) {
    case Option::Hint::file:
      return " -r -F";
    case Option::Hint::folder:
      return " -x -a '(__fish_complete_directories)'";
    case Option::Hint::definition:
      return " -x -a '(fihost completion definitions 2>/dev/null)'";
    case Option::Hint::none:
      break;
  }
  return " -x";
}

std::string fish_script(const std::vector<Subcommand>& commands) {
  std::string script = "# fish completion of fihost, written by `fihost completion fish`.\n";
  const std::string first = "complete -c fihost -n __fish_use_subcommand -f -a ";
  for (const auto& command : commands) {
    script += first + command.name + " -d " + fish_quoted(command.summary) + "\n";
  }
  script += first + "help -d 'the options of a command'\n";
  script += "complete -c fihost -n '__fish_seen_subcommand_from help' -f -a " +
            fish_quoted(joined(names_of(commands), " ")) + "\n";
  for (const auto& command : commands) {
    const auto when = "complete -c fihost -n '__fish_seen_subcommand_from " + command.name + "'";
    if (!command.actions.empty()) {
      script += when + " -f -a " + fish_quoted(joined(command.actions, " ")) + "\n";
    }
    for (const auto& option : all_options(command)) {
      script += when + " -l " + option.name;
      if (option.letter != 0) script += std::string(" -s ") + option.letter;
      script += fish_value(option) + " -d " + fish_quoted(option.help) + "\n";
    }
  }
  return script;
}

}  // namespace

const std::vector<std::string>& completed_shells() {
  static const std::vector<std::string> all = {"bash", "zsh", "fish"};
  return all;
}

std::string completion_script(const std::string& shell, const std::vector<Subcommand>& commands) {
  if (shell == "bash") return bash_script(commands);
  if (shell == "zsh") return zsh_script(commands);
  if (shell == "fish") return fish_script(commands);
  throw Error("there is no completion for the shell '" + shell + "'", Fault::internal);
}

}  // namespace fihost
