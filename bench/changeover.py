"""Changeovers between a source and a follower of it, back and forth, and how long clients could not write meanwhile."""

import calendar
import time

from client import POD
from cluster import Problem
from ways import Follower

# Commits one row after the other through the Service, connects again when that breaks (a pause of 10 ms in between: a
# psql that starts takes as much of a processor as it can get), and notes the second of each acknowledged row. What runs
# in a pod does not end with the connection that started it.
STOP = "kill $(</tmp/writer.pid) 2>/dev/null; rm -f /tmp/writer.pid /tmp/written"
WRITER = r"""
echo $$ >/tmp/writer.pid
read -r PGHOST; read -r PGDATABASE; read -r PGUSER; read -r PGPASSWORD; read -r PGSSLMODE; read -r ca_lines
export PGHOST PGDATABASE PGUSER PGPASSWORD PGSSLMODE PGCONNECT_TIMEOUT=2 PGSSLROOTCERT=/tmp/ca.writer
head -n "$ca_lines" >"$PGSSLROOTCERT"
psql -XqAtc 'CREATE TABLE IF NOT EXISTS written (n bigserial)' >/dev/null 2>&1
while :; do
  coproc PSQL { exec psql -XAtq -v ON_ERROR_STOP=1 2>/dev/null; }
  to=${PSQL[1]} from=${PSQL[0]}
  while { echo 'INSERT INTO written DEFAULT VALUES RETURNING 1;' >&"$to"; } 2>/dev/null && read -r -t 10 -u "$from" _; do
    echo "$EPOCHREALTIME"
  done
  kill "$PSQL_PID" 2>/dev/null
  wait "$PSQL_PID" 2>/dev/null
  sleep 0.01
done >/tmp/written
"""


def measure(cluster, source, count, say):
    """A list of what each changeover took: the longest time between two acknowledged rows, and each of its steps."""
    follower = Follower(cluster, source, source.name + "-replica")
    follower.make()
    cluster.wait("PostgresFollower", follower.copy, _ready, "getting ready")
    cluster.run(POD, ["bash", "-c", f"[ ! -e /tmp/writer.pid ] || {{ {STOP}; }}"])
    with cluster.session(POD, ["bash", "-c", WRITER]) as writer:
        writer.tell(source.binding.lines())
        _wait_for_rows_after(cluster, time.time())
        taken = []
        for number in range(count):
            names = [source.name, follower.copy]
            run = _change_over(cluster, source, *(names if number % 2 == 0 else reversed(names)))
            say(f'changeover {number + 1} to {run["to"]}: no acknowledged write for {run["gap"]:.2f} s')
            taken.append(run)
        if count % 2:
            _change_over(cluster, source, follower.copy, source.name)
    cluster.run(POD, ["bash", "-c", STOP])
    follower.remove()
    return taken


def _change_over(cluster, source, old, to):
    cluster.wait("PostgresFollower", source.name + "-replica", _ready, "getting ready")
    begin = time.time()
    # Whole seconds would not tell two commands in one second apart.
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(begin)) + f".{int(begin % 1 * 1000):03d}Z"
    steps = Steps(at, begin)
    cluster.merge("PostgresDatabase", source.name, {"spec": {"promote": {"to": to, "at": at}}})
    ended = cluster.wait("PostgresDatabase", source.name, steps.see, "the changeover", seconds=420)
    outcome = ended["status"]["promotion"]
    if outcome["outcome"] != "Done":
        raise Problem(f'The changeover to {to} was {outcome["outcome"]}: {outcome.get("message")}')
    _wait_for_rows_after(cluster, time.time())
    rows = cluster.run(POD, ["tail", "-n", "+1", "/tmp/written"])
    before, after = longest_gap(rows, begin - 1, time.time())
    logs = (cluster.read_text(_log_of(cluster, name, begin)) for name in (old, to))
    return {"to": to, "gap": after - before, "steps": steps.taken(), "parts": parts(before, *logs, after)}


def _log_of(cluster, name, since):
    seconds = int(time.time() - since) + 2
    return f"/api/v1/namespaces/{cluster.namespace}/pods/{name}-g1-0/log?timestamps=true&sinceSeconds={seconds}"


# What ends each part of the time without a primary: who logs it, and the line.
PARTS = (
    ("until the fence acts", "old", "pgfork: stopping"),
    ("Postgres stops", "old", "database system is shut down"),
    ("process 1 has seen it", "old", "pgfork: fenced"),
    ("proof, replay, intent written", "new", "pgfork: starting"),
    ("Postgres promotes", "new", "database system is ready to accept connections"),
    ("process 1 has seen that", "new", "pgfork: running"),
)


def parts(before, old, new, after):
    """Seconds of each part of the time between two acknowledged rows, from the logs of both pods, on one clock."""
    taken, last = {}, before
    for part, who, line in PARTS:
        moment = next((at for at in moments(old if who == "old" else new, line) if at > last - 0.5), None)
        taken[part], last = (None, last) if moment is None else (moment - last, moment)
    taken["until a client has written"] = after - last
    return taken


def moments(log, text):
    """When a line of a log with timestamps was written, for each that holds the text."""
    for line in log.splitlines():
        stamp, _, said = line.partition(" ")
        if text in said:
            whole, _, fraction = stamp.rstrip("Z").partition(".")
            yield calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float("0." + (fraction or "0"))


class Steps:
    """When each step of a changeover was first seen in the status."""

    def __init__(self, at, begin, clock=time.time):
        self._at, self._clock, self._seen = at, clock, [("Requested", begin)]

    def see(self, database):
        """Whether the command has an outcome."""
        status = (database or {}).get("status", {})
        step = (status.get("changeover") or {}).get("step")
        promotion = status.get("promotion") or {}
        ended = promotion.get("at") == self._at and promotion.get("outcome") is not None
        if ended:
            step = "Ended"
        if step and step != self._seen[-1][0]:
            self._seen.append((step, self._clock()))
        return ended

    def taken(self):
        """Seconds between a step's first sight and that of the next."""
        return {step: after - since for (step, since), (_, after) in zip(self._seen, self._seen[1:])}


def longest_gap(rows, begin, end):
    """The two acknowledged rows in a window of time with the longest time between them; the last line may be torn."""
    times = [float(line) for line in rows.splitlines()[:-1]]
    within = [moment for moment in times if begin <= moment <= end]
    return max(zip(within, within[1:]), key=lambda pair: pair[1] - pair[0], default=None)


def _wait_for_rows_after(cluster, moment, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        last = cluster.run(POD, ["bash", "-c", "tail -n 2 /tmp/written 2>/dev/null | head -n 1"]).strip()
        if last and float(last) > moment:
            return
        time.sleep(0.2)
    raise Problem(f"No row was acknowledged for {seconds} s.")


def _ready(resource):
    conditions = (resource or {}).get("status", {}).get("conditions") or []
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
