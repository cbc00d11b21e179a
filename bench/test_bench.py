"""Tests of what is computed; what is measured needs a cluster. Run by `python3 -m unittest` in this folder."""

import unittest

from results import median, report, table
from transactions import felt, in_window, percentile
from ways import shares


class TransactionsTest(unittest.TestCase):
    LOG = "0 1 2500 0 100 500000\n1 1 40000 0 101 0\n0 2 1500 0 101 1\n2 7 999"

    def test_takes_what_ended_in_the_window_and_leaves_out_a_torn_line(self):
        self.assertEqual(in_window(self.LOG, 100, 101), [2.5, 40.0])
        self.assertEqual(in_window(self.LOG, 100.6, 102), [40.0, 1.5])

    def test_percentile_is_a_value_that_occurred(self):
        self.assertEqual(percentile(range(1, 101), 0.99), 99)
        self.assertEqual(percentile([7], 0.99), 7)
        self.assertIsNone(percentile([], 0.99))

    def test_nothing_felt_where_nothing_ended(self):
        self.assertEqual(felt([]), {"transactions": 0, "p99_ms": None, "longest_ms": None})


class SharesTest(unittest.TestCase):
    def test_are_differences_and_end_with_the_first_query(self):
        timings = {"cut": 1.0, "bound": 1.5, "started": 2.0, "recovered": 2.25, "ready": 2.5}
        self.assertEqual(shares(timings, 3.0), {
            "cut": 1.0, "bound": 0.5, "started": 0.5, "recovered": 0.25, "ready": 0.25, "first SQL": 0.5})

    def test_add_up_to_the_total_where_the_query_comes_before_ready_and_steps_are_unknown(self):
        taken = shares({"cut": 1.0, "started": 0.75, "ready": 9.0}, 3.0)
        self.assertEqual(taken, {"cut": 1.0, "started": 0.0, "ready": 2.0, "first SQL": 0.0})
        self.assertEqual(sum(taken.values()), 3.0)


class ReportTest(unittest.TestCase):
    def test_median_of_what_is_known(self):
        self.assertEqual(median([3, None, 1, 2]), 2)
        self.assertIsNone(median([None]))

    def test_columns_are_as_wide_as_their_cells(self):
        self.assertEqual(
            table(["way", "s"], [["by hand", "12.5"]]).splitlines(),
            ["| way     |    s |", "|---------|-----:|", "| by hand | 12.5 |"])

    def test_says_the_ratio_to_the_hand_made_fork(self):
        window = {"transactions": 9, "p99_ms": 5.0, "longest_ms": 50.0}
        run = {"round": 0, "size": "1.5g", "felt": window, "disk_bytes": 3 * 1024 * 1024}
        text = report({
            "date": "2001-02-03", "machine": "a machine", "commit": "abc", "command": "bench/run.sh", "rounds": 1,
            "sizes": [{"size": "1.5g", "bytes": 1500 * 1024 * 1024, "clients": 4, "quiet": [window]}],
            "operator": {"rss_bytes": 200 * 1024 * 1024, "first_reconcile_seconds": 1.25},
            "runs": [
                {**run, "way": "pgfork", "seconds": 6.0, "steps": {"cut": 6.0}},
                {**run, "way": "hand-made", "seconds": 4.0, "steps": {"CHECKPOINT": 1.0, "snapshot": 3.0}},
            ]})
        self.assertRegex(text, r"pgfork +\| +6.00 \| 6.00–6.00 \| +1.50 \| +3.0 \|")
        self.assertRegex(text, r"hand-made: snapshot +\| +3.00 \| +75% \|")
        self.assertRegex(text, r"first reconcile \(s\) \| +1.25 \|")


if __name__ == "__main__":
    unittest.main()
