# cmake -DNM=<nm> -DMODULES=<file with one path a line> -P exports_test.cmake
# Every object must export exactly one symbol, one of the two legal ones.
file(STRINGS ${MODULES} modules)
if(NOT modules)
  message(FATAL_ERROR "no objects to check")
endif()
foreach(module IN LISTS modules)
  execute_process(COMMAND ${NM} -D --defined-only --format=posix ${module}
                  OUTPUT_VARIABLE listing COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n]+" lines "${listing}")
  list(TRANSFORM lines REPLACE " .*" "")
  if(NOT lines MATCHES "^fihost_(candidate|plugin)_v1$")
    message(SEND_ERROR "${module} exports '${lines}', want fihost_candidate_v1 or fihost_plugin_v1 "
                       "alone")
  endif()
endforeach()
list(LENGTH modules count)
message(STATUS "${count} objects export one symbol each")
