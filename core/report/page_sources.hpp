// The files of core/report/page as the build embeds them.
#pragma once

#include <string_view>

namespace fihost {

extern const std::string_view page_html;    ///< holds [[policy]], [[style]], [[data]], [[script]]
extern const std::string_view page_style;   ///< page.css
extern const std::string_view page_script;  ///< all .js files in one function

}  // namespace fihost
