"""Tests of what is computed; what is measured needs a cluster. Run by `python3 -m unittest` in this folder."""

import calendar
import unittest

import crowd
from changeover import Steps, longest_gap, parts
from results import changeovers, crowd as crowd_table, median, report, table
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


    def test_takes_the_steps_of_a_follower(self):
        self.assertEqual(shares({"attached": 0.5, "cut": 1.0}, 3.0, ("attached", "cut", "bound"), "streaming"), {
            "attached": 0.5, "cut": 0.5, "streaming": 2.0})


class ChangeoverTest(unittest.TestCase):
    def test_the_longest_gap_is_that_in_the_window(self):
        rows = "1.0\n9.0\n9.5\n11.0\n11.25\n11."
        self.assertEqual(longest_gap(rows, 8, 12), (9.5, 11.0))
        self.assertEqual(longest_gap(rows, 0, 12), (1.0, 9.0))
        self.assertIsNone(longest_gap(rows, 20, 30))

    def test_takes_the_gap_apart_by_the_logs_of_both_pods(self):
        old = "\n".join([
            "2026-11-21T10:00:00.000000000Z pgfork: stopping",  # of an earlier changeover
            "2026-11-21T10:00:10.25Z pgfork: stopping",
            "2026-11-21T10:00:10.750000000Z 2026-11-21 LOG:  database system is shut down",
            "2026-11-21T10:00:10.75Z pgfork: fenced"])
        new = "2026-11-21T10:00:11.00Z pgfork: starting\n2026-11-21T10:00:11.75Z pgfork: running"
        before = calendar.timegm((2026, 11, 21, 10, 0, 10))
        taken = parts(before, old, new, before + 2)
        self.assertEqual(taken, {
            "until the fence acts": 0.25, "Postgres stops": 0.5, "process 1 has seen it": 0.0,
            "proof, replay, intent written": 0.25, "Postgres promotes": None, "process 1 has seen that": 0.75,
            "until a client has written": 0.25})
        self.assertEqual(sum(filter(None, taken.values())), 2.0)

    def test_a_step_lasts_until_the_next_is_seen(self):
        clock = iter([1.0, 3.0, 3.5])
        steps = Steps("t2", 0.0, lambda: next(clock))
        self.assertFalse(steps.see({"status": {"promotion": {"at": "t1", "outcome": "Done"}}}))
        self.assertFalse(steps.see({"status": {"changeover": {"step": "Preparing"}}}))
        self.assertFalse(steps.see({"status": {"changeover": {"step": "Preparing"}}}))
        self.assertFalse(steps.see({"status": {"changeover": {"step": "Fencing"}, "promotion": {"at": "t2"}}}))
        self.assertTrue(steps.see({"status": {"promotion": {"at": "t2", "outcome": "Done"}}}))
        self.assertEqual(steps.taken(), {"Requested": 1.0, "Preparing": 2.0, "Fencing": 0.5})

    def test_reports_the_gaps_and_the_share_of_each_step(self):
        gaps, shares_of_gap, steps = changeovers([
            {"gap": gap, "parts": {"stops": part, "never seen": None}, "steps": {"Fencing": 1.0, "Promoting": 3.0}}
            for gap, part in ((0.5, 0.1), (2.0, 0.35), (0.7, None))])
        self.assertRegex(gaps, r"(?s)shortest +\| +0.50 .*median +\| +0.70 .*longest +\| +2.00 ")
        self.assertRegex(shares_of_gap, r"stops +\| +0.22 \| +32% \| +0.35 \|$")
        self.assertRegex(steps, r"Promoting +\| +3.00 \| +75% \|")


class CrowdTest(unittest.TestCase):
    def test_each_is_counted_once_when_it_is_first_seen_done(self):
        looks = iter([["a"], ["a", "b"], ["a", "b", "stranger"]])
        crowd.PERIOD, now = 0, crowd.time.monotonic()
        seconds = crowd._watch_until_done(
            now - 10, ["a", "b"], lambda: [{"metadata": {"name": name}} for name in next(looks)], lambda _: True)
        self.assertEqual(len(seconds), 2)
        self.assertGreaterEqual(min(seconds), 10)
        self.assertEqual(sorted(seconds), seconds)

    def test_a_pod_is_ready_by_its_condition_only(self):
        def pod(status):
            return {"status": {"conditions": [{"type": "Ready", "status": status}, {"type": "Other", "status": "True"}]}}
        self.assertTrue(crowd._is_ready(pod("True")))
        self.assertFalse(crowd._is_ready(pod("False")))
        self.assertFalse(crowd._is_ready({}))

    def test_reports_percentiles_and_memory(self):
        text = crowd_table({
            "count": 20, "resting": 500, "rss_running_bytes": 250 * 1024**2, "rss_resting_bytes": 300 * 1024**2,
            "seconds": {"pgfork": list(range(1, 21)), "hand-made": [5.0] * 20}})
        self.assertRegex(text, r"pgfork: ready after, median \(s\) +\| +10.00")
        self.assertRegex(text, r"pgfork: 95th percentile \(s\) +\| +19.00")
        self.assertRegex(text, r"pgfork: median × hand-made +\| +2.00")
        self.assertRegex(text, r"with 20 running \(MiB\) +\| +250")
        self.assertRegex(text, r"with 500 resting \(MiB\) +\| +300")


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
        self.assertRegex(text, r"pgfork +\| +6.00 \| 6.00–6.00 \| +1.50 \| +1.00 \| +3.0 \|")
        self.assertRegex(text, r"hand-made +\| +4.00 \| 4.00–4.00 \| +1.00 \| +0.67 \| +3.0 \|")
        self.assertRegex(text, r"hand-made: snapshot +\| +3.00 \| +75% \|")
        self.assertRegex(text, r"first reconcile \(s\) \| +1.25 \|")


if __name__ == "__main__":
    unittest.main()
