"""Medians of the runs, as a table that reads well in a terminal and in Markdown."""

import json
import os
import platform
import statistics
import subprocess
import time

from transactions import percentile
from ways import ALL, Fork, HandMade

MIB = 1024 * 1024


def median(values):
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def table(head, rows):
    """Markdown, with columns as wide as what is in them; the first column is text, the others numbers."""
    rows = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]

    def line(row):
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]
        return "| " + " | ".join(cells) + " |"

    rule = "|" + "-" * (widths[0] + 2) + "|" + "|".join("-" * (width + 1) + ":" for width in widths[1:]) + "|"
    return "\n".join([line(rows[0]), rule, *map(line, rows[1:])])


def number(value, digits=1):
    return "–" if value is None else f"{value:,.{digits}f}"


def report(results):
    """The whole report as Markdown."""
    parts = [machine(results)]
    for size in results["sizes"]:
        runs = [run for run in results["runs"] if run["size"] == size["size"]]
        load = f'under a load of {size["clients"]} pgbench clients' if size["clients"] else "idle"
        parts.append(f'### Source: {size["size"]} ({number(size["bytes"] / MIB, 0)} MiB, {load})')
        if not runs:
            continue
        parts.append(by_way(runs))
        if size["clients"]:
            parts += ["What the source's clients felt meanwhile:", felt(runs, size["quiet"])]
        parts += ["Where the time goes:", steps(runs)]
    if results.get("changeovers"):
        parts += [f'### {len(results["changeovers"])} changeovers', *changeovers(results["changeovers"])]
    if results.get("crowd"):
        parts += [f'### {results["crowd"]["count"]} copies of one golden fork at once', crowd(results["crowd"])]
    if results["operator"]:
        parts += ["### The operator", operator(results["operator"])]
    return "\n\n".join(parts) + "\n"


def machine(results):
    return "\n".join([f'{results["date"]}, {results["machine"]}, commit {results["commit"]}. Medians of '
                      f'{results["rounds"]} interleaved rounds.', "", f'Command: `{results["command"]}`'])


def by_way(runs):
    floor, fork = (median(run["seconds"] for run in of(runs, way.name)) for way in (HandMade, Fork))
    rows = []
    for way in ALL:
        seconds = [run["seconds"] for run in of(runs, way)]
        if seconds:
            middle = median(seconds)
            disk = median(run["disk_bytes"] for run in of(runs, way))
            rows.append([
                way, number(middle, 2), f"{min(seconds):.2f}–{max(seconds):.2f}",
                *(number(middle / other if other else None, 2) for other in (floor, fork)),
                number(None if disk is None else disk / MIB)])
    return table(["way", "first SQL after (s)", "range (s)", "× hand-made", "× pgfork", "added on disk (MiB)"], rows)


def felt(runs, quiet):
    rows = [["without a copy", *_felt(quiet)]]
    rows += [[way, *_felt([run["felt"] for run in of(runs, way)])] for way in ALL if of(runs, way)]
    return table(["during", "p99 (ms)", "longest transaction, median (ms)", "and worst (ms)"], rows)


def _felt(windows):
    longest = [window["longest_ms"] for window in windows if window["longest_ms"] is not None]
    return [number(median(window["p99_ms"] for window in windows)), number(median(longest)),
            number(max(longest, default=None))]


def steps(runs):
    rows = []
    for way in ALL:
        taken = of(runs, way)
        for step in (taken[0]["steps"] if taken else {}):
            seconds = median(run["steps"].get(step) for run in taken)
            share = seconds / median(run["seconds"] for run in taken)
            rows.append([f"{way}: {step}", number(seconds, 2), f"{share:.0%}"])
    return table(["step", "seconds", "share"], rows)


def changeovers(runs):
    gaps = [run["gap"] for run in runs]
    whole = sum(median(run["steps"].get(step) for run in runs) for step in runs[0]["steps"])
    rows = []
    for step in runs[0]["steps"]:
        seconds = median(run["steps"].get(step) for run in runs)
        rows.append([step, number(seconds, 2), f"{seconds / whole:.0%}" if whole else "–"])
    parts = []
    for part in runs[0].get("parts", {}):
        seconds = [run["parts"][part] for run in runs if run["parts"][part] is not None]
        if seconds:
            middle = median(seconds)
            parts.append([part, number(middle, 2), f"{middle / median(gaps):.0%}", number(max(seconds), 2)])
    return [
        table(["longest time without an acknowledged write", "seconds"], [
            ["shortest", number(min(gaps), 2)], ["median", number(median(gaps), 2)], ["longest", number(max(gaps), 2)]]),
        table(["part of it, by the logs of both pods", "median (s)", "share", "longest (s)"], parts),
        table(["step, as seen in the status", "median (s)", "share"], rows)]


def crowd(measured):
    rows = []
    floor = measured["seconds"].get("hand-made")
    for way, seconds in measured["seconds"].items():
        middle = percentile(seconds, 0.5)
        rows.append([f"{way}: ready after, median (s)", number(middle, 2)])
        rows.append([f"{way}: 95th percentile (s)", number(percentile(seconds, 0.95), 2)])
        rows.append([f"{way}: last (s)", number(max(seconds), 2)])
        if floor and way != "hand-made":
            rows.append([f"{way}: median × hand-made", number(middle / percentile(floor, 0.5), 2)])
    for what, count in (("running", measured["count"]), ("resting", measured["resting"])):
        bytes_held = measured.get(f"rss_{what}_bytes")
        if bytes_held:
            rows.append([f"operator's memory with {count} {what} (MiB)", number(bytes_held / MIB, 0)])
    return table(["many at once", "measured"], rows)


def operator(measured):
    return table(["operator", "measured"], [
        ["resident memory (MiB)", number(measured["rss_bytes"] / MIB, 0)],
        ["process start to first reconcile (s)", number(measured["first_reconcile_seconds"], 2)],
    ])


def of(runs, way):
    return [run for run in runs if run["way"] == way]


def about(command):
    """Where and of what the measurements are."""
    here = os.path.dirname(os.path.abspath(__file__))
    commit = subprocess.run(
        ["git", "-C", here, "describe", "--always", "--dirty"], capture_output=True, text=True).stdout.strip()
    with open("/proc/cpuinfo") as cpuinfo:
        model = next((line.split(":")[1].strip() for line in cpuinfo if line.startswith("model name")), "unknown CPU")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "commit": commit or "unknown",
        "command": command,
        "machine": f"{os.cpu_count()} × {model}, {memory:.0f} GiB, Linux {platform.release().split('-')[0]}",
    }


def save(results, path):
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "w") as file:
        json.dump(results, file, indent=1)
