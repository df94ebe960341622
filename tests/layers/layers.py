#!/usr/bin/env python3
"""Checks that includes point down the layers, and that no source outgrows its room.

    layers.py ROOT      prints "file:line: what is wrong" and exits with 1 if anything is
"""

import re
import sys
from pathlib import Path, PurePosixPath

# Layer -> the layers whose headers it may include, besides its own and the SDK's.
ALLOWED = {
    "core/base": set(),
    "core/model": {"core/base"},
    "core/dataset": {"core/base", "core/model"},
    "core/plugin": {"core/base", "core/model"},
    "core/build": {"core/base", "core/model"},
    "core/report": {"core/base", "core/model", "core/solution", "core/eval", "core/search"},
    "core/solution": {"core/base", "core/model", "core/build"},
    "core/eval": {"core/base", "core/model", "core/plugin", "core/build", "core/solution"},
    "core/search": {"core/base", "core/model", "core/plugin", "core/build", "core/solution",
                    "core/eval"},
    "core/device": {"core/base", "core/model"},
    "tools/fihost": {"core/base", "core/model", "core/dataset", "core/plugin", "core/build",
                     "core/solution", "core/eval", "core/report", "core/search"},
    "tools/worker": {"core/base", "core/model", "core/device"},
}
# The only layers that may see CUDA or NVML headers; candidates may, too.
WITH_CUDA = {"core/device", "tools/worker"}
CUDA_HEADER = re.compile(r"^(cuda|cublas|cuda_.*|cudaTypedefs|nvml|nvrtc)(\.h|\.hpp)?$"
                         r"|^(cuda|cub|cute|cutlass|thrust|cooperative_groups)/")

# What the SDK may include besides <fihost/...>. Its users must not need anything else.
C_HEADERS = {"assert.h", "float.h", "inttypes.h", "limits.h", "math.h", "stdbool.h", "stddef.h",
             "stdint.h", "stdio.h", "stdlib.h", "string.h"}
STD_HEADER = re.compile(r"^[a-z_0-9]+$")  # <vector>, <cstdint>
# The C++ plugin glue speaks JSON; the CUDA helper speaks CUDA.
SDK_NLOHMANN = re.compile(r"^sdk/include/fihost/(plugin|glue|context|error)\.hpp$"
                          r"|^sdk/include/fihost/kinds/")
SDK_CUDA = {"sdk/include/fihost/cuda.hpp", "sdk/include/fihost/tvm_ffi.hpp"}
# Travels with packed solutions, which are compiled where TVM-FFI is.
SDK_TVM_FFI = "sdk/include/fihost/tvm_ffi.hpp"

TOPS = ("core", "sdk", "tools", "plugins", "candidates", "tests")
CODE = {".c", ".h", ".hpp", ".cpp", ".cu", ".cuh"}
TEXT = CODE | {".py", ".sh", ".cmake"}
MAX_LINES = 400
SIZED = ("core", "sdk", "tools", "plugins", "tests")
# Sources that become someone's plugin or candidate, and see what those see.
TEMPLATES = ("tools", "fihost", "templates")
SHAPELESS = {"util", "utils", "helper", "helpers", "common", "manager", "managers"}

# CMake would split such a name into two tests that match nothing and pass.
SPLIT_NAME = re.compile(r'TEST_CASE(?:_FIXTURE)?\(.*"[^"]*;[^"]*"')
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def is_test(path):
    """Tests may include what they test."""
    return (path.parts[0] == "tests" or "tests" in path.parts[1:-1] or "test" in path.parts[1:-1]
            or path.stem.endswith("_test"))


def check_sdk(path, quoted, header):
    if quoted:
        return f'includes "{header}"; the SDK includes its own headers as <fihost/...>'
    if header.startswith("fihost/") or header in C_HEADERS or STD_HEADER.match(header):
        return None
    if header.startswith("nlohmann/") and SDK_NLOHMANN.match(str(path)):
        return None
    if header in ("cuda_runtime.h", "cuda_runtime_api.h") and str(path) in SDK_CUDA:
        return None
    if header.startswith("tvm/ffi/") and str(path) == SDK_TVM_FFI:
        return None
    return f"includes <{header}>, which users of the SDK need not have"


def check_inner(path, quoted, header):
    """core/ and tools/: only what ALLOWED says, named from the root of the repository."""
    layer = "/".join(path.parts[:2])
    if layer not in ALLOWED:
        return "lies in no known layer; name it and what it may include in tests/layers/layers.py"
    target = "/".join(PurePosixPath(header).parts[:2])
    if header.startswith(tuple(top + "/" for top in TOPS)) or ".." in PurePosixPath(header).parts:
        if target == layer:
            return None if quoted else f'includes <{header}>; own headers go in quotes'
        if target in ALLOWED[layer]:
            return None
        allowed = ", ".join(sorted(ALLOWED[layer])) or "the SDK only"
        return f'includes "{header}"; {layer} may include {allowed}'
    if quoted:
        return f'includes "{header}"; own headers are named from the root of the repository'
    if CUDA_HEADER.match(header) and layer not in WITH_CUDA:
        return f"includes <{header}>; only {' and '.join(sorted(WITH_CUDA))} may see CUDA"
    return None


def check_outer(path, quoted, header):
    """plugins/, candidates/ and templates: the SDK and files of their own folder."""
    depth = len(TEMPLATES) + 1 if path.parts[:3] == TEMPLATES else 2
    if header.startswith(("core/", "tools/", "tests/")):
        return f'includes "{header}"; {"/".join(path.parts[:depth - 1])} see the SDK only'
    if not quoted:
        return None
    place = list(path.parts[:-1])
    for part in PurePosixPath(header).parts:
        if part == "..":
            place = place[:-1]
        elif part != ".":
            place.append(part)
    if tuple(place[:depth]) != path.parts[:depth]:
        return f'includes "{header}", which lies outside {"/".join(path.parts[:depth])}'
    return None


def check_include(path, quoted, header):
    if is_test(path):
        return None
    if path.parts[0] == "sdk":
        return check_sdk(path, quoted, header)
    if path.parts[0] in ("core", "tools") and path.parts[:3] != TEMPLATES:
        return check_inner(path, quoted, header)
    return check_outer(path, quoted, header)


def check_file(root, path):
    """Complaints about one file, whose path is relative to root."""
    complaints = []
    words = {word for part in path.parts for word in re.split(r"[^a-z]+", part.lower())}
    for word in sorted(words & SHAPELESS):
        complaints.append((1, f'is named "{word}"; name it after what it holds'))
    if path.suffix not in TEXT and path.name != "CMakeLists.txt":
        return complaints
    lines = (root / path).read_text(encoding="utf-8", errors="replace").splitlines()
    if path.parts[0] in SIZED and len(lines) > MAX_LINES:
        complaints.append((len(lines), f"has {len(lines)} lines; at most {MAX_LINES}"))
    if path.suffix in CODE:
        for number, line in enumerate(lines, 1):
            found = INCLUDE.match(line)
            complaint = found and check_include(path, found[1] == '"', found[2])
            if complaint:
                complaints.append((number, complaint))
            if SPLIT_NAME.match(line):
                complaints.append((number, "a test's name holds a semicolon; it would not be run"))
    return complaints


def check_tree(root):
    """Every complaint about the tree below root, as "file:line: text"."""
    found = []
    for top in TOPS:
        for path in sorted((root / top).rglob("*")):
            relative = PurePosixPath(path.relative_to(root).as_posix())
            if path.is_file() and "__pycache__" not in relative.parts:
                found += [f"{relative}:{line}: {text}" for line, text in check_file(root, relative)]
    return found


def main():
    root = Path(sys.argv[1]).resolve()
    if not (root / "core").is_dir():
        sys.exit(f"{root}: not the repository: it has no folder core")
    found = check_tree(root)
    print("\n".join(found) if found else "every include points down")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
