#!/usr/bin/env python3
"""The .tar.gz that cpack makes, unpacked somewhere else.

Environment: FIHOST_BUILD, FIHOST_SOURCE (folders) and CPACK (program).
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

# What every Debian and Ubuntu has, and what a compiled candidate shares with its system.
SYSTEM = re.compile(r"^(ld-linux-.*|linux-vdso|lib(c|m|dl|rt|pthread|resolv|stdc\+\+|gcc_s|z|zstd))\.so")


def output(*command, **options):
    """stdout of a command that must succeed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def is_elf(path):
    if path.is_symlink() or not path.is_file():
        return False
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


class Archive(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        made, cls.place = (Path(cls.scratch.name) / name for name in ("made", "some where"))
        cls.place.mkdir()
        output(os.environ["CPACK"], "-G", "TGZ", "-B", made,
               "--config", Path(os.environ["FIHOST_BUILD"]) / "CPackConfig.cmake")
        cls.archive, = made.glob("*.tar.gz")
        output("tar", "-xzf", cls.archive, "-C", cls.place)
        cls.prefix, = cls.place.iterdir()
        cls.environment = {name: value for name, value in os.environ.items()
                           if name != "LD_LIBRARY_PATH"}

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def test_it_unpacks_into_one_folder_of_its_name(self):
        self.assertEqual(self.prefix.name + ".tar.gz", self.archive.name)

    def test_every_library_is_the_systems_or_in_the_tree(self):
        elves = [path for path in sorted(self.prefix.rglob("*")) if is_elf(path)]
        self.assertGreater(len(elves), 5)
        for path in elves:
            if path.parent.name == "fihost" and path.name.startswith("lib"):
                continue  # resolved through those that need it
            for line in output("ldd", path, env=self.environment).splitlines():
                if "statically linked" in line:
                    continue
                name, _, found = line.strip().partition(" => ")
                name = Path(name.split(" ")[0]).name
                inside = os.path.realpath(found.rpartition(" (")[0]).startswith(
                    os.path.realpath(self.prefix))
                self.assertTrue(inside or (SYSTEM.match(name) and "not found" not in found),
                                f"{path.relative_to(self.prefix)} needs {line.strip()}")

    def test_no_file_names_the_machine_it_was_built_on(self):
        roots = [os.environ["FIHOST_BUILD"].encode(), os.environ["FIHOST_SOURCE"].encode()]
        for path in sorted(self.prefix.rglob("*")):
            if path.is_file() and not path.is_symlink():
                content = path.read_bytes()
                for root in roots:
                    self.assertNotIn(root + b"/", content, path.relative_to(self.prefix))

    def test_it_has_a_man_page_and_the_completion_of_three_shells(self):
        share = self.prefix / "share"
        for place in ("man/man1/fihost-rank.1.gz", "bash-completion/completions/fihost",
                      "zsh/site-functions/_fihost", "fish/vendor_completions.d/fihost.fish",
                      "fihost/templates/task/definition.json"):
            self.assertTrue((share / place).is_file(), place)

    def test_it_works_there(self):
        script = Path(os.environ["FIHOST_SOURCE"]) / "tools/check-install.sh"
        done = output(script, self.archive, env={**self.environment, "LD_LIBRARY_PATH": ""})
        self.assertIn("PASSED", done)


if __name__ == "__main__":
    sys.exit(unittest.main())
