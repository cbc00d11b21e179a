"""What the source's clients notice: pgbench's log of transactions, cut to a window of time."""

import math


def in_window(log, begin, end):
    """Milliseconds of each transaction that ended between two times (seconds since the epoch).

    A line of the log is: client, number, microseconds, script, seconds, microseconds [, more].
    The last line of a log that is still written may be torn and is left out.
    """
    times = []
    for line in log.splitlines():
        fields = line.split()
        if len(fields) >= 6 and begin <= int(fields[4]) + int(fields[5]) / 1e6 <= end:
            times.append(int(fields[2]) / 1000)
    return times


def percentile(values, share):
    """The smallest value that `share` of all values do not exceed; None if there are none."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def felt(times):
    """What the clients felt: number of transactions, 99th percentile and longest one, in milliseconds."""
    return {"transactions": len(times), "p99_ms": percentile(times, 0.99), "longest_ms": max(times, default=None)}
