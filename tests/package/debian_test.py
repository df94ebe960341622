#!/usr/bin/env python3
"""The .deb that cpack makes, looked into but not installed.

Environment: FIHOST_BUILD (folder) and CPACK (program).
"""
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path


def output(*command):
    """stdout of a command that must succeed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


class Debian(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        made, cls.root = (Path(cls.scratch.name) / name for name in ("made", "root"))
        output(os.environ["CPACK"], "-G", "DEB", "-B", made,
               "--config", Path(os.environ["FIHOST_BUILD"]) / "CPackConfig.cmake")
        cls.package, = made.glob("*.deb")
        output("dpkg-deb", "-x", cls.package, cls.root)

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def field(self, name):
        return output("dpkg-deb", "-f", self.package, name).strip()

    def test_it_depends_on_the_libraries_that_it_does_not_bring(self):
        depends = self.field("Depends")
        for library in ("libc6", "libfmt", "libboost-program-options", "libssl", "libelf"):
            self.assertIn(library, depends)
        self.assertEqual(list((self.root / "usr/lib/fihost").glob("lib*.so*")), [])

    def test_everything_lies_below_usr_where_a_distribution_looks(self):
        self.assertEqual([path.name for path in self.root.iterdir()], ["usr"])
        for place in ("bin/fihost", "bin/fihost-worker", "share/man/man1/fihost.1.gz",
                      "share/doc/fihost/copyright", "share/doc/fihost/changelog.gz",
                      "share/bash-completion/completions/fihost",
                      "lib/cmake/fihost-sdk/fihost-sdk-config.cmake"):
            self.assertTrue((self.root / "usr" / place).is_file(), place)

    def test_what_is_unpacked_runs(self):
        self.assertIn(self.field("Version"), output(self.root / "usr/bin/fihost", "--version"))


if __name__ == "__main__":
    sys.exit(unittest.main())
