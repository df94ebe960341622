#!/usr/bin/env python3
"""What a person does with the page of a run, done in a headless Chromium.

usage: run_page_test.py FIHOST [unittest arguments]
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import browser as chromium
import sample_ranking
import sample_run

LEFT, UP, RIGHT = "\ue012", "\ue013", "\ue014"
NAMES = "return [...document.querySelectorAll('.sorted tbody th')].map(e => e.textContent)"
CHOSEN = "return document.querySelector('.chosen-name').textContent"
# Rebuilds both texts from the diff with everything shown.
LINE_DIFF = """
const shown = [...document.querySelectorAll('.diff span')].map(e => e.textContent.replace(/\\n$/, ''));
return shown.filter(line => !line.startsWith('  …'));
"""


class RunPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.browser = chromium.Browser()
        cls.addClassCleanup(cls.browser.close)

    def show(self, run):
        """Make the page with fihost and open it."""
        (self.folder / "run.json").write_text(json.dumps(run))
        page = self.folder / "run.html"
        subprocess.run([FIHOST, "report", self.folder / "run.json", "-o", page], check=True)
        self.browser.open(page)
        return run

    def text(self, css):
        return self.browser.run("return document.querySelector(arguments[0]).textContent", css)

    def count(self, css):
        return self.browser.run("return document.querySelectorAll(arguments[0]).length", css)

    def press_on_tree(self, *keys):
        self.browser.run("document.querySelector('.tree').focus()")
        for key in keys:
            self.browser.press(key)
        return self.browser.run(CHOSEN)

    def test_the_page_asks_for_nothing_and_the_console_is_clean(self):
        run = self.show(sample_run.run(60))
        self.assertEqual(self.browser.messages(), [])
        self.assertEqual(self.browser.run("return performance.getEntriesByType('resource').length"), 0)
        self.assertEqual(self.count(".tree .node"), 61)
        self.assertEqual(self.count(".sorted tbody tr"), 61)
        best = next(p for p in run["programs"] if p["id"] == run["standing"]["best"])
        self.assertEqual(self.browser.run(CHOSEN), best["name"])
        self.assertIn(run["end_note"], self.text("main"))

    def test_a_run_that_has_only_begun_is_a_page(self):
        for run in (sample_run.run(0), sample_run.run(3)):
            self.show(run)
            self.assertEqual(self.browser.messages(), [])
            self.assertEqual(self.browser.run(CHOSEN), "naive")
        run = sample_run.run(0)
        run.update(programs=[], workloads=[], islands=[])
        run["standing"].update(seed=0, best=0, champions=[])
        self.show(run)
        self.assertEqual(self.browser.messages(), [])

    def test_nothing_that_a_model_or_a_candidate_says_is_markup(self):
        hostile = sample_ranking.HOSTILE

        def spoil(value):
            if isinstance(value, dict):
                return {key: own if key in ("schema", "outcome", "status", "uuid", "verdict", "cell")
                        else spoil(own) for key, own in value.items()}
            if isinstance(value, list):
                return [spoil(own) for own in value]
            return value + hostile if isinstance(value, str) else value

        run = self.show(spoil(sample_run.run(40)))
        for i in range(41):
            self.press_on_tree(LEFT if i else RIGHT)
            self.browser.run("document.querySelectorAll('.panel details').forEach(e => e.open = true)")
            self.browser.run("document.querySelectorAll('.panel details details').forEach(e => e.open = true)")
        self.browser.hover(".tree .node")
        self.assertIsNone(self.browser.run("return window.hacked"))
        self.assertEqual(self.count("img, svg[onload], main script"), 0)
        self.assertEqual(self.text("h2"), "moe_fp8_block_scale" + hostile)
        self.assertIn(hostile, self.text("#tooltip"))
        self.assertEqual(self.browser.messages(), [])
        self.assertEqual(run["schema"], "fihost.run/1")

    def test_a_click_in_the_tree_selects_everywhere(self):
        run = self.show(sample_run.run(60))
        attempt = next(a for a in run["attempts"] if a["program"] and not a["improvement"])
        program = run["programs"][attempt["program"] - 1]
        self.browser.click(".tree .node[data-item='%d'] .mark" % attempt["id"])
        self.assertEqual(self.browser.run(CHOSEN), program["name"])
        self.assertEqual(self.text(".sorted tr[aria-current] th"), program["name"])
        self.assertEqual(self.count(".tree [aria-current]"), 1)
        self.assertGreaterEqual(self.count(".edge.relative"), 1)

    def test_the_arrow_keys_walk_in_time_and_to_the_parent(self):
        run = self.show(sample_run.run(60))
        best = run["programs"][run["standing"]["best"] - 1]
        parent = run["programs"][best["parents"][0] - 1]
        self.assertEqual(self.press_on_tree(UP), parent["name"])
        before = self.press_on_tree(RIGHT)
        self.assertNotEqual(before, parent["name"])
        self.assertEqual(self.press_on_tree(LEFT), parent["name"])
        for _ in run["programs"]:
            last = self.press_on_tree(UP)
        self.assertEqual(last, "naive")

    def test_the_diff_has_every_line_that_changed_and_no_other(self):
        run = sample_run.run(1)
        seed = run["programs"][0]
        cases = [("a\nb\nc\n", "a\nc\n"), ("", "x\ny\n"), ("a\nb\na\nb\nc", "b\na\nb\na\nc\nc"),
                 ("same\n", "same\n"), ("p\nq\nr\ns", "s\nr\nq\np"),
                 ("\n".join(str(i) for i in range(3000)), "\n".join(str(-i) for i in range(3000)))]
        for before, after in cases:
            seed["source"] = before
            run["attempts"] = [{**run["attempts"][0], "outcome": "build_failed", "program": 0,
                                "source": after, "improvement": False, "parents": [1]}]
            run["programs"] = [seed]
            run["standing"].update(best=1, champions=run["standing"]["champions"][:1])
            self.show(run)
            self.press_on_tree(RIGHT)
            lines = self.browser.run(LINE_DIFF) if after else []
            removed = [line[2:] for line in lines if line.startswith("- ")]
            added = [line[2:] for line in lines if line.startswith("+ ")]
            if before == after:
                self.assertEqual(removed + added, [])
            elif len(lines) < 100:
                kept_before = [line[2:] for line in lines if not line.startswith("+ ")]
                kept_after = [line[2:] for line in lines if not line.startswith("- ")]
                self.assertEqual(kept_before, before.split("\n"))
                self.assertEqual(kept_after, after.split("\n"))
                self.assertLess(len(removed) + len(added), len(before.split("\n")) + len(after.split("\n")))
            else:
                self.assertEqual((len(removed), len(added)), (2999, 2999))
        self.assertEqual(self.browser.messages(), [])

    def test_the_table_sorts_and_filters_and_a_click_selects(self):
        run = self.show(sample_run.run(60))
        self.browser.click(".sorted thead th:nth-child(4) button")
        shown = self.browser.run("return [...document.querySelectorAll('.sorted tbody tr')]"
                                 ".map(row => row.cells[3].textContent)")
        values = [float(text[:-1]) for text in shown if text != "–"]
        self.assertEqual(values, sorted(values, reverse=True))
        self.assertEqual(shown[-1], "–")
        island = next(a["island"] for a in run["attempts"] if a["outcome"] == "build_failed")
        self.browser.type(".controls input", "build_failed island=%d" % island)
        wanted = [a for a in run["attempts"] if a["outcome"] == "build_failed" and a["island"] == island]
        self.assertEqual(len(self.browser.run(NAMES)), len(wanted))
        self.assertEqual(self.text("[role=status]"), "%d of 61 attempts" % len(wanted))
        self.browser.click(".sorted tbody button")
        self.assertIn(self.browser.run(CHOSEN), self.browser.run(NAMES))
        self.assertIn("build_failed", self.text(".panel"))

    def test_prompts_and_replies_are_shown_when_they_are_opened(self):
        run = self.show(sample_run.run(60))
        attempt = next(a for a in run["attempts"] if a["exchanges"])
        self.browser.run("document.querySelector('.tree').focus()")
        self.browser.click(".sorted tbody tr:nth-child(%d) button" % (attempt["id"] + 1))
        self.assertNotIn("The loads of B wait", self.text(".panel"))
        self.browser.run("document.querySelectorAll('.panel details').forEach(e => e.open = true)")
        self.browser.wait("return document.querySelector('.panel').textContent.includes('The loads of B wait')")
        self.assertIn("big-model", self.text(".panel"))

    def test_the_champions_are_compared_with_what_one_chooses(self):
        run = self.show(sample_run.run(120))
        rows = len(run["standing"]["champions"])
        self.assertEqual(self.count("#champions-section tbody tr"), rows)
        self.browser.run("const s = document.querySelector('#champions-section select');"
                         "s.value = 'over the seed'; s.dispatchEvent(new Event('change'))")
        first = self.browser.run("return [...document.querySelectorAll("
                                 "'#champions-section tbody tr:first-child td')].map(e => e.textContent)")
        self.assertEqual(set(first), {"1.00"})

    def test_every_cell_with_an_owner_is_in_the_grids(self):
        run = self.show(sample_run.run(120))
        for island in run["islands"]:
            expected = {tuple(cell["cell"].split()[:2]) for cell in island["cells"]}
            found = self.browser.run("return document.querySelectorAll('.island')[arguments[0]]"
                                     ".querySelectorAll('td button').length", island["island"])
            self.assertEqual(found, len(expected))

    def test_a_long_run_is_drawn_and_the_page_does_not_scroll_sideways(self):
        self.show(sample_run.run(600))
        self.assertEqual(self.count(".tree .node"), 601)
        for width in (400, 1300):
            self.browser.devtools("Emulation.setDeviceMetricsOverride", width=width, height=900,
                                  deviceScaleFactor=1, mobile=False)
            self.assertLessEqual(self.browser.run("return document.documentElement.scrollWidth"), width)
        self.browser.devtools("Emulation.clearDeviceMetricsOverride")


if __name__ == "__main__":
    FIHOST = sys.argv.pop(1)
    program = chromium.missing()
    if program:
        print("skipped: %s is not installed; tools/install-packages.sh --browser gets it" % program)
        sys.exit(77)
    unittest.main()
