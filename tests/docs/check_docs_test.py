#!/usr/bin/env python3
"""The checker finds what it is for: a drifted block, an unmarked block, a dead link."""
import pathlib
import subprocess
import sys
import tempfile

CHECKER = pathlib.Path(__file__).with_name("check_docs.py")
GOOD = "[code](code.txt)\n\n<!-- from: code.txt#part -->\n```cpp\nint x;\n```\n"


def verdict(readme):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "docs").mkdir()
        (root / "CONTRIBUTING.md").write_text("")
        (root / "code.txt").write_text("// [begin part]\n  int x;\n// [end part]\n")
        (root / "README.md").write_text(readme)
        done = subprocess.run([sys.executable, CHECKER, folder], capture_output=True, text=True)
        return done.returncode, done.stdout


assert verdict(GOOD)[0] == 0, verdict(GOOD)
for bad, reason in [(GOOD.replace("int x", "int y"), "differs"),
                    (GOOD.replace("<!-- from: code.txt#part -->", ""), "without"),
                    (GOOD.replace("(code.txt)", "(gone.txt)"), "does not exist"),
                    (GOOD.replace("#part", "#other"), "no single")]:
    code, out = verdict(bad)
    assert code == 1 and reason in out, (bad, out)
