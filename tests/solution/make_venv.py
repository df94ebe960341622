#!/usr/bin/env python3
"""Puts TVM-FFI and flashinfer-bench from PyPI into a virtual environment, once.

usage: make_venv.py FOLDER      (exit code 77: PyPI cannot be reached, what needs them is skipped)
"""
import pathlib
import shutil
import subprocess
import sys

# flashinfer-bench names torch as a dependency, which its models do not need.
PACKAGES = ["apache-tvm-ffi==0.1.15.post2", "pydantic==2.13.*", "numpy<3"]
WITHOUT_DEPENDENCIES = ["flashinfer-bench==0.1.2"]


def main():
    folder = pathlib.Path(sys.argv[1])
    done = folder / "done"
    wanted = "\n".join(PACKAGES + WITHOUT_DEPENDENCIES)
    if done.exists() and done.read_text() == wanted:
        return 0
    shutil.rmtree(folder, ignore_errors=True)
    pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    for command in ([sys.executable, "-m", "venv", str(folder)], pip + PACKAGES,
                    pip + ["--no-deps"] + WITHOUT_DEPENDENCIES):
        if subprocess.run(command).returncode != 0:
            print(f"skipped: '{' '.join(command)}' failed; is PyPI out of reach?")
            return 77
    done.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
