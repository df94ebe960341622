#!/usr/bin/env python3
"""What fihost packs, through flashinfer-bench's own models and TVM-FFI's own builder and loader.

usage: flashinfer_bench_test.py VENV FIHOST      (exit code 77: VENV is not there)
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import types

HERE = pathlib.Path(__file__).parent


def fihost(program, *arguments, **options):
    environment = dict(os.environ, FIHOST_TASK_PATH=str(HERE.parent / "end_to_end" / "tasks"),
                       USER="tester", **options)
    done = subprocess.run([program, *map(str, arguments)], env=environment, text=True,
                          capture_output=True)
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)
    return json.loads(done.stdout) if "--json" in arguments else done.stdout


def solution_model():
    """flashinfer-bench's Solution, without the rest of the package, which imports torch."""
    import importlib.util
    root = pathlib.Path(importlib.util.find_spec("flashinfer_bench").submodule_search_locations[0])
    for name, folder in (("flashinfer_bench", root), ("flashinfer_bench.data", root / "data")):
        package = types.ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
    from flashinfer_bench.data.solution import Solution
    return Solution


def hash_of(solution):
    # Releases up to 0.1.2 put the name in front of what the format's hash covers since.
    return solution.model_copy(update={"name": ""})._compute_hash()


def check_models(program, folder):
    """flashinfer-bench takes the file, agrees on its hash, and writes the same file again."""
    Solution = solution_model()
    for source, more in ((HERE / "sources" / "thrifty.cpp", ["--definition", "scale_f32"]),
                         (HERE / "starter_kit", [])):
        path = folder / "packed.json"
        said = fihost(program, "pack", source, "-o", path, "--no-compile", "--json", *more)
        solution = Solution.model_validate_json(path.read_text())
        assert hash_of(solution) == said["hash"], source
        again = json.loads(solution.model_dump_json(exclude_unset=True))
        assert again == json.loads(path.read_text()), source
        theirs = folder / "theirs.json"
        theirs.write_text(solution.model_dump_json(indent=2, exclude_unset=True))
        assert fihost(program, "unpack", theirs, "-o", folder / source.stem,
                      "--json")["hash"] == said["hash"]


def build(program, folder, source, name):
    """As flashinfer-bench builds: sources by their paths, every one compiled, TVM-FFI's flags."""
    import tvm_ffi
    path = folder / f"{name}.json"
    fihost(program, "pack", source, "-o", path, "--definition", "scale_f32", "--no-compile")
    root = folder / name
    sources = []
    for item in json.loads(path.read_text())["sources"]:
        file = root / item["path"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(item["content"])
        sources.append(str(file))
    library = tvm_ffi.cpp.build(name=name, cpp_files=[s for s in sources if s.endswith(".cpp")],
                                extra_include_paths=[str(root)], build_directory=str(root))
    return tvm_ffi.load_module(library)


def check_calls(program, folder):
    """Two packed candidates in one process: each has its own state, for every shape."""
    import numpy
    import tvm_ffi
    thrifty = HERE / "sources" / "thrifty.cpp"
    other = folder / "other.cpp"
    # Its state is twice the count: with that of the other one its check would fail.
    other.write_text(thrifty.read_text()
                     .replace("std::int64_t(sdk::element_count(shapes->inputs[0]))",
                              "std::int64_t(2 * sdk::element_count(shapes->inputs[0]))")
                     .replace("*static_cast<const std::int64_t*>(state);",
                              "*static_cast<const std::int64_t*>(state) / 2;"))
    modules = [build(program, folder, thrifty, "one"), build(program, folder, other, "two")]
    for rows in (1, 33, 500, 1):
        for module in modules:
            x = numpy.random.default_rng(rows).random((rows, 1000), dtype=numpy.float32)
            y = numpy.full_like(x, numpy.nan)
            module.run(tvm_ffi.from_dlpack(x), 2.5, tvm_ffi.from_dlpack(y))
            assert numpy.array_equal(y, numpy.float32(2.5) * x), rows
    good = numpy.zeros((2, 1000), numpy.float32)
    for wrong, text in ((good.astype(numpy.float64), "x: wrong dtype"),
                        (good[:, :999].copy(), "x: wrong extent of dimension 1"),
                        (good[0], "x: wrong rank"),
                        (numpy.zeros((2, 2000), numpy.float32)[:, ::2], "x: not contiguous"),
                        (good[:1], "y: wrong extent of dimension 0")):
        try:
            modules[0].run(tvm_ffi.from_dlpack(wrong), 1.0, tvm_ffi.from_dlpack(good))
        except (TypeError, ValueError) as error:
            assert text in str(error), (text, error)
        else:
            raise AssertionError(f"no error: {text}")


def main():
    venv, program = map(pathlib.Path, sys.argv[1:3])
    if not (venv / "done").exists():
        print("skipped: PyPI could not be reached")
        return 77
    python = venv / "bin" / "python"
    if pathlib.Path(sys.prefix) != venv.resolve():
        return subprocess.run([str(python), *sys.argv]).returncode
    with tempfile.TemporaryDirectory() as folder:
        check_models(program, pathlib.Path(folder))
        check_calls(program, pathlib.Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
