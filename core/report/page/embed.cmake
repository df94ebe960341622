# Writes OUTPUT, a C++ file with the page's sources as strings. FOLDER is this folder; SCRIPTS are
# its .js files in the order in which they go into the page's one script.
set(script "\"use strict\";\n(() => {\n")
foreach(name ${SCRIPTS})
  file(READ ${FOLDER}/${name} text)
  string(APPEND script "${text}")
endforeach()
string(APPEND script "})();\n")
file(READ ${FOLDER}/page.html html)
file(READ ${FOLDER}/page.css style)

set(code "#include \"core/report/page_sources.hpp\"\n\nnamespace fihost {\n")
foreach(part html style script)
  string(APPEND code "const std::string_view page_${part} = R\"page(${${part}})page\";\n")
endforeach()
string(APPEND code "}  // namespace fihost\n")
file(WRITE ${OUTPUT} "${code}")
