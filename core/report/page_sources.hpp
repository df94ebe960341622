// The sources of the HTML pages as the build embeds them.
#pragma once

#include <string_view>

namespace fihost {

struct PageSources {
  std::string_view html;    ///< holds [[policy]], [[style]], [[data]], [[script]]
  std::string_view style;   ///< all .css files
  std::string_view script;  ///< all .js files in one function
};

extern const PageSources ranking_page;
extern const PageSources run_page;

}  // namespace fihost
