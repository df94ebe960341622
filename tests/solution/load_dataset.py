#!/usr/bin/env python3
"""Loads a dataset with flashinfer-bench's own TraceSet and prints what it found.

usage: load_dataset.py DATASET      (run by the interpreter that has flashinfer-bench)

PyTorch, which loading does not use, need not be there.
"""
import importlib.util
import pathlib
import sys
import types


def trace_set_type():
    """flashinfer-bench's TraceSet, without the rest of the package."""
    root = pathlib.Path(importlib.util.find_spec("flashinfer_bench").submodule_search_locations[0])
    for name, folder in (("flashinfer_bench", root), ("flashinfer_bench.data", root / "data")):
        package = types.ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
    for name in ("torch", "safetensors", "safetensors.torch"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["safetensors"].torch = sys.modules["safetensors.torch"]
    sys.modules["torch"].Tensor = object
    from flashinfer_bench.data.trace_set import TraceSet
    return TraceSet


def main():
    dataset = trace_set_type().from_path(sys.argv[1])
    print({name: len(dataset.workloads.get(name, [])) for name in dataset.definitions},
          dataset.summary())


if __name__ == "__main__":
    main()
