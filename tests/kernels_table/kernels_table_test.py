#!/usr/bin/env python3
"""The table of the generations says what the ranking says, and its plot is well-formed SVG."""
import json
import math
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml

PROGRAM = pathlib.Path(__file__).parents[2] / "tools" / "kernels_table.py"
SVG = "{http://www.w3.org/2000/svg}"
SEQ_LENS = [7, 901, 1]
HOSTILE = 'b|<img src="x">\nc'


def candidate(name, latencies, statuses=None):
    workloads = []
    for i, latency in enumerate(latencies):
        status = statuses[i] if statuses else "PASSED"
        passed = status == "PASSED"
        workloads.append({"uuid": f"uuid-{i}", "axes": {"seq_len": SEQ_LENS[i]}, "status": status,
                          "latency_ms": latency if passed else None,
                          "speedup": 8 / latency if passed else None,
                          "roofline_fraction": 0.05 / latency if passed else None})
    return {"name": name, "workloads": workloads}


def ranking(*candidates, device="GPU X"):
    return {"schema": "fihost.ranking/1", "definition": "task", "device": {"name": device},
            "workloads": [{"uuid": f"uuid-{i}", "axes": {"seq_len": s}}
                          for i, s in enumerate(SEQ_LENS)], "candidates": list(candidates)}


class KernelsTable(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.svg = pathlib.Path(self.folder.name) / "plot.svg"

    def run_on(self, *documents, options=()):
        paths = []
        for i, document in enumerate(documents):
            paths.append(pathlib.Path(self.folder.name) / f"{i}.json")
            paths[-1].write_text(json.dumps(document))
        return subprocess.run([sys.executable, PROGRAM, *paths, *options], capture_output=True,
                              text=True, check=False)

    def rows(self, *documents):
        """Cells of every line of a table."""
        done = self.run_on(*documents)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [[cell.strip() for cell in line.strip("|").split(" | ")]
                for line in done.stdout.splitlines() if line.startswith("|")]

    def plotted(self, *documents, options=()):
        done = self.run_on(*documents, options=["--plot", self.svg, *options])
        self.assertEqual(done.returncode, 0, done.stderr)
        return xml.parse(self.svg).getroot()

    def test_columns_are_sorted_by_axis_and_rows_by_generation(self):
        rows = self.rows(ranking(candidate("gen_10", [0.1, 0.2, 0.4]),
                                 candidate("gen_9", [1, 2, 4])))
        self.assertEqual(rows[0], ["candidate", "mean", "1", "7", "901"])
        self.assertEqual(rows[2], ["gen_9", "2000", "4000", "1000", "2000"])
        self.assertEqual(rows[3], ["gen_10", "200", "400", "100", "200"])

    def test_shares_of_the_roofline_and_speedups_have_tables_of_their_own(self):
        rows = self.rows(ranking(candidate("a", [0.1, 0.2, 0.4])))
        self.assertEqual(rows[5], ["a", "25 %", "12 %", "50 %", "25 %"])
        self.assertEqual(rows[8], ["a", "40.0x", "20.0x", "80.0x", "40.0x"])

    def test_a_candidate_that_fails_has_its_status_and_no_mean(self):
        statuses = ["PASSED", "INCORRECT_NUMERICAL", "PASSED"]
        rows = self.rows(ranking(candidate("a", [0.1, 0.2, 0.4], statuses)))
        self.assertEqual(rows[2], ["a", "-", "400", "100", "incorrect_numerical"])

    def test_documents_are_joined_and_the_last_one_wins(self):
        both = {"schema": "fihost.rankings/1", "rankings": [ranking(candidate("b", [3, 3, 3]))]}
        rows = self.rows(ranking(candidate("a", [1, 1, 1]), candidate("b", [2, 2, 2])), both)
        self.assertEqual([row[:2] for row in rows[2:4]], [["a", "1000"], ["b", "3000"]])

    def test_times_of_two_devices_are_refused(self):
        done = self.run_on(ranking(candidate("a", [1, 1, 1])),
                           ranking(candidate("a", [1, 1, 1]), device="GPU Y"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("task on GPU Y", done.stderr)

    def test_another_document_is_refused(self):
        done = self.run_on({"schema": "fihost.run/1"})
        self.assertEqual(done.returncode, 1)
        self.assertIn("fihost.run/1", done.stderr)

    def test_a_name_cannot_break_the_table_or_the_plot(self):
        document = ranking(candidate(HOSTILE, [1, 1, 1]))
        self.assertEqual(self.rows(document)[2][0], 'b&#124;&lt;img src="x"&gt; c')
        texts = [t.text for t in self.plotted(document).iter(SVG + "text")]
        self.assertIn(HOSTILE, texts)

    def test_the_plot_has_a_log_axis_and_dashed_references(self):
        root = self.plotted(ranking(candidate("gen_0", [1, 1, 1]), candidate("gen_1", [.1, .1, .1]),
                                    candidate("gen_2", [.01, .01, .01])),
                            options=["--line", "other=kernel=100"])
        y = [float(circle.get("cy")) for circle in root.iter(SVG + "circle")]
        self.assertAlmostEqual(y[1] - y[0], y[2] - y[1], delta=0.2)
        self.assertGreater(y[1], y[0])
        dashed = [l for l in root.iter(SVG + "line") if l.get("stroke-dasharray")]
        self.assertEqual(len(dashed), 1)
        self.assertTrue(math.isclose(float(dashed[0].get("y1")), y[1], abs_tol=0.1))
        self.assertIn("other=kernel: 100", [t.text for t in root.iter(SVG + "text")])

    def test_a_reference_without_a_number_is_refused(self):
        for bad in ("x", "x=", "x=-1", "x=inf"):
            done = self.run_on(ranking(candidate("a", [1, 1, 1])), options=["--line", bad])
            self.assertEqual(done.returncode, 2, bad)


if __name__ == "__main__":
    unittest.main()
