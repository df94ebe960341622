# Install the SDK to a scratch prefix, build the consumer's project against it, check what came out.
file(REMOVE_RECURSE ${SCRATCH})

function(step)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output
                  ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "'${command}' failed (${result}):\n${output}")
  endif()
endfunction()

step(${CMAKE_COMMAND} --install ${BUILD} --component sdk --prefix ${SCRATCH}/prefix)

set(options -DCMAKE_CXX_COMPILER=${CXX}
            -DCMAKE_PREFIX_PATH=${SCRATCH}/prefix -DCMAKE_BUILD_TYPE=Release
            -DCMAKE_INSTALL_PREFIX=${SCRATCH}/prefix
            -DCMAKE_EXPORT_COMPILE_COMMANDS=ON)
set(modules build/row_scale.so build/lib/fihost/plugins/scorer_median.so)
if(NVCC)
  list(APPEND options -DCMAKE_CUDA_COMPILER=${NVCC} -DWITH_CUDA=ON)
  list(APPEND modules build/row_scale_cuda.so)
endif()
step(${CMAKE_COMMAND} -S ${SOURCE} -B ${SCRATCH}/build -G ${GENERATOR} ${options})
step(${CMAKE_COMMAND} --build ${SCRATCH}/build --parallel 2)
step(${CMAKE_COMMAND} --install ${SCRATCH}/build)

# The objects lie where the host and the documentation say, and export one symbol each.
list(APPEND modules prefix/lib/fihost/plugins/scorer_median.so)
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
