# Writes man pages and completion scripts below SHARE, asking the program FIHOST for them.
function(ask output)
  execute_process(COMMAND ${FIHOST} ${ARGN} OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
  set(${output} "${text}" PARENT_SCOPE)
endfunction()

function(write_page name)
  ask(page help --man ${ARGN})
  file(WRITE ${SHARE}/man/man1/${name}.1 "${page}")
  # -n: no time in the file, so that equal pages are equal files.
  execute_process(COMMAND gzip -9nf ${SHARE}/man/man1/${name}.1 COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE ${SHARE}/man)
write_page(fihost)
ask(commands help --json)
string(JSON count LENGTH "${commands}" commands)
math(EXPR last "${count} - 1")
foreach(i RANGE ${last})
  string(JSON name GET "${commands}" commands ${i} name)
  write_page(fihost-${name} ${name})
endforeach()

foreach(place IN ITEMS bash>bash-completion/completions/fihost zsh>zsh/site-functions/_fihost
                       fish>fish/vendor_completions.d/fihost.fish)
  string(REGEX MATCH "(.*)>(.*)" place ${place})
  get_filename_component(folder ${SHARE}/${CMAKE_MATCH_2} DIRECTORY)
  file(MAKE_DIRECTORY ${folder})
  execute_process(COMMAND ${FIHOST} completion ${CMAKE_MATCH_1}
                  OUTPUT_FILE ${SHARE}/${CMAKE_MATCH_2} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
