#!/usr/bin/env python3
"""layers.py is shown bad trees and must complain, and good ones and must not."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import layers


def write_tree(folder, files):
    """Make a tree of these files: path -> text."""
    (Path(folder) / "core").mkdir()
    for path, text in files.items():
        file = Path(folder) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def check(files):
    """The complaints about such a tree."""
    with tempfile.TemporaryDirectory() as folder:
        write_tree(folder, files)
        return layers.check_tree(Path(folder))


def run(files):
    """Exit status of the script for such a tree."""
    with tempfile.TemporaryDirectory() as folder:
        write_tree(folder, files)
        return subprocess.run([sys.executable, "-B", layers.__file__, folder],
                              stdout=subprocess.DEVNULL, check=False).returncode


class Layers(unittest.TestCase):
    def refuses(self, path, include, text="\n#include {}\n"):
        found = check({path: text.format(include)})
        self.assertEqual(len(found), 1, f"{path} may include {include}")
        self.assertTrue(found[0].startswith(f"{path}:2: includes "), found)

    def accepts(self, path, include):
        self.assertEqual(check({path: f"\n#include {include}\n"}), [])

    def test_the_exit_status_tells(self):
        self.assertEqual(run({"core/base/a.cpp": "#include <vector>\n"}), 0)
        self.assertEqual(run({"core/base/a.cpp": '#include "core/eval/a.hpp"\n'}), 1)

    def test_includes_point_down(self):
        self.accepts("core/base/a.cpp", "<fihost/abi.h>")
        self.accepts("core/base/a.cpp", '"core/base/a.hpp"')
        self.accepts("core/model/a.cpp", '"core/base/a.hpp"')
        self.accepts("core/report/a.cpp", '"core/eval/a.hpp"')
        self.accepts("core/eval/a.cpp", '"core/build/a.hpp"')
        self.accepts("core/device/a.cu", "<cuda_runtime.h>")
        self.accepts("core/base/a.cpp", "<nlohmann/json.hpp>")
        self.accepts("tools/fihost/a.cpp", '"core/eval/a.hpp"')
        self.accepts("tools/fihost/a.cpp", '"tools/fihost/b.hpp"')
        self.accepts("tools/worker/a.cpp", '"core/device/a.hpp"')

    def test_up_and_sideways_are_refused(self):
        self.refuses("core/base/a.cpp", '"core/model/a.hpp"')
        self.refuses("core/base/a.hpp", "<core/model/a.hpp>")
        self.refuses("core/model/a.cpp", '"core/build/a.hpp"')
        self.refuses("core/build/a.cpp", '"core/eval/a.hpp"')
        self.refuses("core/plugin/a.cpp", '"core/build/a.hpp"')
        self.refuses("core/report/a.cpp", '"core/plugin/a.hpp"')
        self.refuses("core/eval/a.cpp", '"core/device/a.hpp"')
        self.refuses("core/eval/a.cpp", '"core/report/a.hpp"')
        self.refuses("core/device/a.cu", '"core/eval/a.hpp"')
        self.refuses("core/eval/a.cpp", '"tools/fihost/a.hpp"')
        self.refuses("core/eval/a.cpp", '"plugins/x/a.hpp"')
        self.refuses("tools/fihost/a.cpp", '"core/device/a.hpp"')
        self.refuses("tools/worker/a.cpp", '"core/eval/a.hpp"')
        self.refuses("tools/worker/a.cpp", '"tools/fihost/a.hpp"')

    def test_own_headers_are_named_from_the_root(self):
        self.refuses("core/eval/a.cpp", '"b.hpp"')
        self.refuses("core/base/a.cpp", '"../model/b.hpp"')
        self.refuses("core/base/a.cpp", "<core/base/b.hpp>")
        self.refuses("core/base/a.cpp", '"../model/b.hpp"', "\n  #  include {}\n")

    def test_only_the_worker_sees_cuda(self):
        for header in ("cuda_runtime.h", "cuda.h", "nvml.h", "cuda/std/atomic"):
            self.refuses("core/eval/a.cpp", f"<{header}>")
            self.refuses("tools/fihost/a.cpp", f"<{header}>")

    def test_the_sdk_stands_alone(self):
        self.accepts("sdk/include/fihost/a.h", "<stdint.h>")
        self.accepts("sdk/include/fihost/a.hpp", "<string_view>")
        self.accepts("sdk/include/fihost/a.hpp", "<fihost/abi.h>")
        self.accepts("sdk/include/fihost/plugin.hpp", "<nlohmann/json.hpp>")
        self.accepts("sdk/include/fihost/kinds/scorer.hpp", "<nlohmann/json.hpp>")
        self.accepts("sdk/include/fihost/cuda.hpp", "<cuda_runtime_api.h>")
        self.refuses("sdk/include/fihost/candidate.hpp", "<nlohmann/json.hpp>")
        self.refuses("sdk/include/fihost/candidate.hpp", "<cuda_runtime.h>")
        self.refuses("sdk/include/fihost/a.hpp", "<fmt/format.h>")
        self.refuses("sdk/include/fihost/a.hpp", "<unistd.h>")
        self.refuses("sdk/include/fihost/a.hpp", '"core/base/error.hpp"')
        self.refuses("sdk/include/fihost/a.hpp", '"abi.h"')

    def test_plugins_and_candidates_see_the_sdk(self):
        self.accepts("plugins/x/a.cpp", "<fihost/plugin.hpp>")
        self.accepts("plugins/x/a.cpp", '"b.hpp"')
        self.accepts("candidates/d/a.cu", '"part/b.cuh"')
        self.accepts("candidates/d/deep/a.cu", '"../b.cuh"')
        self.accepts("candidates/d/a.cu", "<cuda_fp8.h>")
        self.accepts("plugins/x/x_test.cpp", '"core/plugin/registry.hpp"')
        self.accepts("plugins/x/tests/a.cpp", '"core/plugin/registry.hpp"')
        self.refuses("plugins/x/a.cpp", '"core/base/error.hpp"')
        self.refuses("plugins/x/a.cpp", "<core/base/error.hpp>")
        self.refuses("plugins/x/a.cpp", '"../y/a.hpp"')
        self.refuses("candidates/d/a.cpp", '"tools/worker/a.hpp"')
        self.refuses("candidates/d/a.cpp", '"../../core/base/error.hpp"')

    def test_templates_are_what_they_become(self):
        self.accepts("tools/fihost/templates/task/a.cu", "<cuda_bf16.h>")
        self.accepts("tools/fihost/templates/scorer/a.cpp", '"b.hpp"')
        self.refuses("tools/fihost/templates/scorer/a.cpp", '"core/base/error.hpp"')
        self.refuses("tools/fihost/templates/scorer/a.cpp", '"../../new.hpp"')
        self.refuses("tools/fihost/templates/scorer/a.cpp", '"../task/b.hpp"')

    def test_a_new_layer_must_be_named(self):
        found = check({"core/new/a.cpp": "#include <vector>\n"})
        self.assertEqual(len(found), 1)
        self.assertIn("no known layer", found[0])

    def test_files_have_a_size_and_a_name(self):
        self.assertEqual(check({"core/base/a.cpp": "\n" * 400}), [])
        self.assertIn("401 lines", check({"core/base/a.cpp": "\n" * 401})[0])
        self.assertEqual(check({"tests/base/a.json": "\n" * 401}), [])
        for path in ("core/base/utils.hpp", "core/common/a.md", "tests/test_helpers.py",
                     "tools/fihost/run_manager.cpp"):
            self.assertEqual(len(check({path: ""})), 1, path)
        self.assertEqual(check({"core/base/commonality.hpp": ""}), [])

    def test_a_name_that_would_not_be_run_is_refused(self):
        for name, complaints in (("one, and the other", 0), ("one; the other", 1)):
            source = f'TEST_CASE("{name}") {{ CHECK(a == b); }}\n'
            self.assertEqual(len(check({"tests/base/a_test.cpp": source})), complaints, name)

    def test_a_wrong_root_is_no_success(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([sys.executable, "-B", layers.__file__, folder],
                                  capture_output=True, check=False)
            self.assertNotEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main()
