# Writes OUTPUT, a C++ file with the sources of one page as the PageSources called NAME. HTML is its
# file; STYLES and SCRIPTS are joined in their order, the scripts into one function. Paths are
# absolute.
set(script "\"use strict\";\n(() => {\n")
foreach(file ${SCRIPTS})
  file(READ ${file} text)
  string(APPEND script "${text}")
endforeach()
string(APPEND script "})();\n")
set(style "")
foreach(file ${STYLES})
  file(READ ${file} text)
  string(APPEND style "${text}")
endforeach()
file(READ ${HTML} html)

set(code "#include \"core/report/page_sources.hpp\"\n\nnamespace fihost {\n")
string(APPEND code "const PageSources ${NAME} = {\n")
foreach(part html style script)
  string(APPEND code "    R\"page(${${part}})page\",\n")
endforeach()
string(APPEND code "};\n}  // namespace fihost\n")
file(WRITE ${OUTPUT} "${code}")
