# Install the SDK to a scratch prefix, build the consumer's project against it, check what came out.
file(REMOVE_RECURSE ${SCRATCH})

function(step)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output
                  ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "'${command}' failed (${result}):\n${output}")
  endif()
  set(said "${output}" PARENT_SCOPE)
endfunction()

step(${CMAKE_COMMAND} --install ${BUILD} --component sdk --prefix ${SCRATCH}/prefix)

set(options -DCMAKE_CXX_COMPILER=${CXX}
            -DCMAKE_PREFIX_PATH=${SCRATCH}/prefix -DCMAKE_BUILD_TYPE=Release
            -DCMAKE_INSTALL_PREFIX=${SCRATCH}/prefix
            -DCMAKE_EXPORT_COMPILE_COMMANDS=ON)
set(modules build/row_scale.so build/lib/fihost/plugins/scorer_median.so
            build/lib/fihost/plugins/mutator_step.so)
if(NVCC)
  list(APPEND options -DCMAKE_CUDA_COMPILER=${NVCC} -DWITH_CUDA=ON)
  list(APPEND modules build/row_scale_cuda.so)
endif()
step(${CMAKE_COMMAND} -S ${SOURCE} -B ${SCRATCH}/build -G ${GENERATOR} ${options})
step(${CMAKE_COMMAND} --build ${SCRATCH}/build --parallel 2)
step(${CMAKE_COMMAND} --install ${SCRATCH}/build)

# The objects lie where the host and the documentation say, and export one symbol each.
list(APPEND modules prefix/lib/fihost/plugins/scorer_median.so
                    prefix/lib/fihost/plugins/mutator_step.so)
list(TRANSFORM modules PREPEND ${SCRATCH}/)
list(JOIN modules "\n" lines)
file(WRITE ${SCRATCH}/modules.txt "${lines}\n")
step(${CMAKE_COMMAND} -DNM=${NM} -DMODULES=${SCRATCH}/modules.txt -P ${EXPORTS_TEST})

# Nothing came from the tree that the SDK was installed from.
file(READ ${SCRATCH}/build/compile_commands.json commands)
string(REPLACE ${SCRATCH} "" commands "${commands}")
foreach(folder IN ITEMS ${BUILD}/include ${TREE}/sdk ${TREE}/core)
  string(FIND "${commands}" ${folder} at)
  if(NOT at EQUAL -1)
    message(FATAL_ERROR "the consumer's build refers to ${folder}:\n${commands}")
  endif()
endforeach()

# The host lists what was built, and a run of the evolution takes a child from it. Exit code 1, nothing
# beat the seed, is as good here.
set(ENV{FIHOST_CACHE} ${SCRATCH}/cache)
set(fihost ${BUILD}/bin/fihost)
set(plugins --plugin-path ${SCRATCH}/prefix/lib/fihost/plugins)
step(${fihost} plugins ${plugins})
foreach(id IN ITEMS scorer.median mutator.step)
  if(NOT said MATCHES "${id}")
    message(FATAL_ERROR "fihost plugins does not list ${id}:\n${said}")
  endif()
endforeach()
execute_process(COMMAND ${fihost} evolve ${TREE}/candidates/rmsnorm_h7168/tunable.cpp ${plugins}
                        --config ${SOURCE}/evolve.yaml -o ${SCRATCH}/run
                RESULT_VARIABLE result OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(result GREATER 1 OR NOT said MATCHES "[(]step, island [0-9]+[)]: score")
  message(FATAL_ERROR "no child came from mutator.step (${result}):\n${said}")
endif()
