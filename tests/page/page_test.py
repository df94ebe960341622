#!/usr/bin/env python3
"""What a person does with the page, done in a headless Chromium: click, type, look.

usage: page_test.py FIHOST [unittest arguments]
"""
import copy
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import browser as chromium
import sample_ranking

ESCAPE, RIGHT, DOWN = "\ue00c", "\ue014", "\ue015"
NAMES = "return [...document.querySelectorAll('.leaderboard tbody th')].map(e => e.textContent)"


def cells(column):
    return ("return [...document.querySelectorAll('.leaderboard tbody tr')]"
            ".map(row => row.cells[%d].textContent)" % column)


def contrast(first, second):
    """Of two CSS colours, by the WCAG's formula."""
    def luminance(colour):
        numbers = [float(x) for x in re.findall(r"[\d.]+(?:e-?\d+)?", colour.replace("srgb", ""))[:3]]
        if not colour.startswith("color("):
            numbers = [x / 255 for x in numbers]
        linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in numbers]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.browser = chromium.Browser()
        cls.addClassCleanup(cls.browser.close)

    def show(self, *rankings):
        """Make the page with fihost and open it."""
        files = []
        for i, ranking in enumerate(rankings):
            files.append(self.folder / ("%d.json" % i))
            files[-1].write_text(json.dumps(ranking))
        page = self.folder / "page.html"
        subprocess.run([FIHOST, "report", "page", *files, "--html", page], check=True)
        self.browser.devtools("Emulation.setEmulatedMedia", media="", features=[
            {"name": "prefers-color-scheme", "value": "light"}])
        self.browser.open(page)

    def text(self, css):
        return self.browser.run("return document.querySelector(arguments[0]).textContent", css)

    def count(self, css):
        return self.browser.run("return document.querySelectorAll(arguments[0]).length", css)

    def style(self, css, name):
        return self.browser.run("return getComputedStyle(document.querySelector(arguments[0]))"
                                "[arguments[1]]", css, name)

    def click_head(self, title):
        index = self.browser.run("return [...document.querySelectorAll('.leaderboard thead button')]"
                                 ".findIndex(e => e.textContent === arguments[0])", title)
        self.browser.click(".leaderboard thead th:nth-child(%d) button" % (index + 1))
        return index

    def test_the_page_asks_for_nothing_and_the_console_is_clean(self):
        self.show(sample_ranking.ranking(8, 5))
        self.assertEqual(self.browser.messages(), [])
        self.assertEqual(self.browser.run("return performance.getEntriesByType('resource').length"), 0)
        self.assertEqual(self.browser.run(NAMES)[0], "mma_pipelined")

    def test_a_hostile_name_or_log_is_text_everywhere(self):
        ranking = sample_ranking.ranking(8, 5)
        hostile = sample_ranking.HOSTILE
        ranking["definition"] = ranking["device"]["name"] = hostile
        ranking["environment"]["cpu"] = ranking["timer"] = hostile
        ranking["candidates"][0].update(name=hostile, path=hostile, reasons=[hostile])
        ranking["candidates"][0]["build"]["kernels"][0]["kernel"] = hostile
        ranking["candidates"][1]["tied_with"] = [hostile]
        self.show(ranking)
        self.browser.click("details summary")
        self.browser.wait("return document.querySelector('details pre') !== null")
        self.browser.hover(".heat tbody td:nth-child(2)")
        self.assertIsNone(self.browser.run("return window.hacked"))
        self.assertEqual(self.count("img, svg[onload]"), 0)
        self.assertEqual(self.text(".leaderboard tbody th"), hostile)
        self.assertEqual(self.text("h2"), hostile)
        self.assertIn(hostile, self.text("details pre"))
        self.assertIn(hostile, self.text("#tooltip"))
        self.assertEqual(self.browser.messages(), [])

    def test_a_script_that_got_into_the_page_would_not_run(self):
        self.show(sample_ranking.ranking(8, 5))
        self.browser.run("const s = document.createElement('script'); s.textContent = "
                         "'window.hacked = 1'; document.body.append(s);"
                         "document.body.insertAdjacentHTML('beforeend', "
                         "'<button id=trap onclick=\"window.hacked = 2\">x</button>')")
        self.browser.click("#trap")
        self.assertIsNone(self.browser.run("return window.hacked"))
        self.assertIn("Content Security Policy", " ".join(self.browser.messages()))

    def test_a_click_on_a_head_sorts_and_another_turns_it_round(self):
        self.show(sample_ranking.ranking(12, 5))
        self.assertEqual(self.browser.run(cells(0))[:4], ["1", "2=", "2=", "4"])
        for title in ("score", "best", "passed"):
            column = self.click_head(title)
            falling = self.browser.run(cells(column))
            values = [float(re.match(r"[\d.]+", text)[0]) for text in falling if text != "–"]
            self.assertEqual(values, sorted(values, reverse=True), title)
            self.assertEqual(self.browser.run(
                "return document.querySelectorAll('th[aria-sort=descending]').length"), 1)
            self.click_head(title)
            rising = [text for text in self.browser.run(cells(column)) if text != "–"]
            self.assertEqual([float(re.match(r"[\d.]+", text)[0]) for text in rising], sorted(values))
        column = self.click_head("score")
        self.assertEqual(self.browser.run(cells(column))[-2:], ["–", "–"])
        self.click_head("score")
        self.assertEqual(self.browser.run(cells(column))[-2:], ["–", "–"])
        self.click_head("candidate")
        names = self.browser.run(NAMES)
        self.assertEqual(names, sorted(names, key=str.lower))

    def test_typing_filters_by_name_and_verdict_in_table_and_map(self):
        self.show(sample_ranking.ranking(30, 5))
        self.browser.type("input", "variant_01")
        names = self.browser.run(NAMES)
        self.assertEqual(len(names), 10)
        self.assertTrue(all("variant_01" in name for name in names))
        self.assertEqual(self.browser.run("return [...document.querySelectorAll('.heat tbody th')]"
                                          ".map(e => e.textContent)"), names)
        self.assertEqual(self.text("[role=status]"), "10 of 30 candidates")
        self.browser.clear("input")
        self.browser.type("input", "Runtime_Error")
        self.assertEqual(len(self.browser.run(NAMES)), 1)
        self.browser.clear("input")
        self.browser.type("input", "no such thing")
        self.assertEqual(self.browser.run(NAMES), [])

    def test_the_theme_follows_the_system_until_it_is_toggled_and_print_is_light(self):
        self.show(sample_ranking.ranking(8, 5))
        light = self.style("body", "backgroundColor")
        self.assertEqual(light, "rgb(255, 255, 255)")
        self.browser.click("#theme")
        dark = self.style("body", "backgroundColor")
        self.assertNotEqual(light, dark)
        self.assertEqual(self.browser.run("return document.querySelector('#theme').ariaPressed"), "true")
        self.browser.devtools("Emulation.setEmulatedMedia", media="print")
        self.assertEqual(self.style("body", "backgroundColor"), light)
        self.assertEqual(self.style("input", "display"), "inline-block")
        self.assertEqual(self.style(".controls", "display"), "none")
        self.browser.devtools("Emulation.setEmulatedMedia", media="", features=[
            {"name": "prefers-color-scheme", "value": "dark"}])
        self.browser.call("POST", "/refresh")
        self.assertEqual(self.style("body", "backgroundColor"), dark)

    def test_text_stands_out_in_both_themes(self):
        self.show(sample_ranking.ranking(40, 19))
        for _ in range(2):
            pairs = self.browser.run("""
                const pairs = {};
                for (const e of document.querySelectorAll(
                    "td, th, button, p, dt, dd, figcaption, summary, .bad, .good")) {
                  let box = e;
                  while (/, 0\\)$/.test(getComputedStyle(box).backgroundColor)) box = box.parentElement || document.body;
                  const key = getComputedStyle(e).color + "|" + getComputedStyle(box).backgroundColor;
                  pairs[key] = e.outerHTML.slice(0, 200);
                }
                return pairs;""")
            self.assertGreater(len(pairs), 10)
            for pair, element in pairs.items():
                self.assertGreaterEqual(contrast(*pair.split("|")), 4.5, pair + " " + element)
            self.browser.click("#theme")

    def test_choosing_a_candidate_shows_its_chart_its_figures_and_its_kernels(self):
        self.show(sample_ranking.ranking(12, 7))
        name = self.browser.run(NAMES)[4]
        self.browser.click(".leaderboard tbody tr:nth-child(5) button")
        self.assertEqual(self.text(".chosen-name"), name)
        self.assertEqual(self.count("svg .bar"), 7)
        self.assertEqual(self.count("svg.chart .whiskers"), 7)
        self.assertEqual(self.count("svg .chosen"), 7)
        self.assertEqual(self.count("tr[aria-current=true]"), 2)
        self.assertIn("grouped_gemm<128, 64>(Arguments)", self.text("main"))
        broken = self.browser.run(NAMES).index("variant_010")
        self.browser.click(".leaderboard tbody tr:nth-child(%d) button" % (broken + 1))
        self.assertEqual((self.count("svg .bar"), self.count("svg .missing")), (3, 4))

    def test_a_cell_tells_all_to_the_pointer_and_to_the_keyboard(self):
        self.show(sample_ranking.ranking(8, 5))
        self.browser.hover(".heat tbody tr:nth-child(3) td:nth-child(4)")
        told = self.text("#tooltip")
        for word in ("variant_002", "seq_len=", "latency ", "baseline ", "speedup ", "roofline "):
            self.assertIn(word, told)
        self.browser.run("document.querySelector('.heat td[tabindex=\"0\"]').focus()")
        self.browser.press(RIGHT)
        self.browser.press(DOWN)
        where = self.browser.run("const e = document.activeElement; return [e.cellIndex, "
                                 "e.parentElement.sectionRowIndex, e.getAttribute('aria-describedby')]")
        self.assertEqual(where, [2, 1, "tooltip"])
        self.assertFalse(self.browser.run("return document.querySelector('#tooltip').hidden"))
        self.browser.press(ESCAPE)
        self.assertTrue(self.browser.run("return document.querySelector('#tooltip').hidden"))

    def test_ties_are_shown_and_named(self):
        self.show(sample_ranking.ranking(8, 5))
        self.assertIn("share a rank", self.text("main"))
        self.browser.hover(".leaderboard tbody tr:nth-child(2) td")
        self.assertEqual(self.text("#tooltip"), "within the noise of variant_002")

    def test_a_roofline_that_is_not_known_is_said_to_be(self):
        ranking = sample_ranking.ranking(8, 5)
        without_cost = copy.deepcopy(ranking)
        for workload in without_cost["workloads"]:
            workload.update(bytes=None, flops=None)
        self.show(without_cost)
        self.assertIn("state no cost", self.text("main"))
        self.assertGreater(self.count("svg .roof"), 0)
        on_cpu = copy.deepcopy(without_cost)
        on_cpu["device"].update(type="cpu", bandwidth_bytes_s=None, fp8_flops_s=None)
        for workload in on_cpu["workloads"]:
            workload["floor_ms"] = None
        self.show(on_cpu)
        self.assertIn("No roofline: the peak rates of a CPU are not known", self.text("main"))

    def test_several_rankings_are_sections_with_links(self):
        other = sample_ranking.ranking(3, 2, seed=2)
        other["definition"] = "other"
        self.show(sample_ranking.ranking(8, 5), other)
        self.assertEqual(self.count("section"), 2)
        self.browser.click("nav a:nth-child(2)")
        self.assertLess(self.browser.run(
            "return document.querySelector('#ranking-1').getBoundingClientRect().top"), 900)

    def test_nothing_to_show_is_no_error(self):
        empty = sample_ranking.ranking(3, 3)
        empty.update(candidates=[], workloads=[], workload_count=0)
        refused = sample_ranking.ranking(3, 3)
        refused.update(definition=None)
        for row in refused["candidates"]:
            row.update(verdict="COMPILE_ERROR", score=None, score_ci=None, tied_with=[],
                       workloads=[], log="no ELF")
        self.show(empty, refused)
        self.assertEqual(self.browser.messages(), [])
        self.assertEqual(self.text("#ranking-1 h2"), "Unknown definition")
        self.assertIn("no ELF", self.text("#ranking-1"))

    def test_200_candidates_on_19_workloads_fit_the_window_and_stay_usable(self):
        self.show(sample_ranking.ranking(200, 19))
        self.assertEqual(self.count(".heat tbody td"), 200 * 19)
        self.assertLessEqual(*self.browser.run("return [document.documentElement.scrollWidth, innerWidth]"))
        self.browser.type("input", "variant_19")
        self.assertEqual(len(self.browser.run(NAMES)), 9)  # one of the ten has the hostile name
        self.assertEqual(self.browser.messages(), [])


if __name__ == "__main__":
    FIHOST = sys.argv.pop(1)
    program = chromium.missing()
    if program:
        print("skipped: %s is not installed; tools/install-packages.sh --browser gets it" % program)
        sys.exit(77)
    unittest.main()
