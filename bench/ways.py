"""The ways to copy a database that are compared. Each takes the time from the request to the first query that is
answered through the Service of the copy, and removes the copy again."""

import time

import manifests
from client import POD, Binding, first_sql
from cluster import Problem
from source import running


# A full copy of a large source takes its time.
COPYING = 1800


class Stopwatch:
    """Seconds since the request, and the steps on the way."""

    def __init__(self):
        self.begin = time.time()
        self.steps = {}
        self._last = self.begin

    def step(self, name):
        now = time.time()
        self.steps[name] = now - self._last
        self._last = now

    def total(self):
        return self._last - self.begin


class Fork:
    """pgfork: one resource is created."""
    name = "pgfork"

    def __init__(self, cluster, source, copy):
        self.cluster, self.source, self.copy, self.claim = cluster, source, copy, copy + "-g1"

    def spec(self):
        return {"from": {"name": self.source.name}}

    def make(self):
        self.prepare()
        with first_sql(self.cluster) as client:
            watch = Stopwatch()
            self.cluster.create({
                "apiVersion": "pgfork.dev/v1alpha1", "kind": "PostgresFork", "metadata": {"name": self.copy},
                "spec": self.spec()})
            secret = self.cluster.wait("Secret", self.copy + "-app", lambda found: found is not None, "being opened")
            client.tell(Binding.of(secret).lines())
            client.line()
            watch.step("first SQL")
        fork = self.cluster.wait(
            "PostgresFork", self.copy, lambda found: "ready" in found["status"].get("timings", {}), "getting ready")
        watch.steps = shares(fork["status"]["timings"], watch.total())
        return watch

    def prepare(self):
        """What is there before the request."""

    def remove(self):
        self.cluster.delete("PostgresFork", self.copy)
        self.cluster.gone("PostgresFork", self.copy)
        self.cluster.gone("PersistentVolumeClaim", self.claim)


class Masked(Fork):
    """pgfork: a fork with a mask of one statement, which in a source with data updates a million rows."""
    name = "masked"

    def __init__(self, cluster, source, copy):
        super().__init__(cluster, source, copy)
        self.mask = source.name + "-mask"

    def spec(self):
        step = {"name": "mask", "configMap": {"name": self.mask, "key": "mask.sql"}}
        return {**super().spec(), "sanitize": [step]}

    def prepare(self):
        mask = "UPDATE pgbench_accounts SET filler = 'masked' WHERE aid <= 1000000" \
            if self.source.has_pgbench() else "SELECT 1"
        self.cluster.ensure({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": self.mask}, "data": {"mask.sql": mask}})


class OfGolden(Masked):
    """pgfork: a fork of a fork that has passed the mask and is suspended: mask once, fork many."""
    name = "of-golden"

    def __init__(self, cluster, source, copy):
        super().__init__(cluster, source, copy)
        self.golden = source.name + "-golden"

    def spec(self):
        return {"from": {"kind": "PostgresFork", "name": self.golden}}

    def prepare(self):
        super().prepare()
        if self.cluster.get("PostgresFork", self.golden) is None:
            self.cluster.create({
                "apiVersion": "pgfork.dev/v1alpha1", "kind": "PostgresFork", "metadata": {"name": self.golden},
                "spec": {**Masked.spec(self), "suspend": True}})
        self.cluster.wait("PostgresFork", self.golden, rests, "being masked and suspended", seconds=600)


class Again(Fork):
    """What can be done to a fork that is there: it is made, and then measured until it is done."""

    def make(self):
        super().make()
        self.before()
        watch = Stopwatch()
        self.order()
        self.cluster.wait("PostgresFork", self.copy, self.is_done, "being done", seconds=600)
        watch.step(self.name)
        return watch

    def before(self):
        """What is done to the fork before the clock starts."""


class Reset(Again):
    """pgfork: a fork is made again of its source; its Service and Secret stay."""
    name = "reset"

    def order(self):
        # The command counts once its time has come.
        self.at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.cluster.merge("PostgresFork", self.copy, {"spec": {"resetAt": self.at}})

    def is_done(self, fork):
        reset = fork["status"].get("reset") or {}
        if reset.get("outcome") in ("Aborted", "Refused"):
            raise Problem(f"The reset did not succeed: {reset.get('message')}")
        done = reset.get("at") == self.at and reset.get("outcome") == "Done"
        if done:
            self.claim = f"{self.copy}-g{fork['status']['instance']['generation']}"
        return done


class Wake(Again):
    """pgfork: a suspended fork is woken; its data are there."""
    name = "wake"

    def before(self):
        self.cluster.merge("PostgresFork", self.copy, {"spec": {"suspend": True}})
        self.cluster.wait("PostgresFork", self.copy, rests, "being suspended")

    def order(self):
        self.cluster.merge("PostgresFork", self.copy, {"spec": {"suspend": False}})

    def is_done(self, fork):
        return fork["status"].get("phase") == "Ready"


def shares(timings, total, names=("cut", "bound", "started", "recovered", "sanitized", "ready"), last="first SQL"):
    """Seconds that each step took, from `status.timings`, which counts from the request to the end of each.

    The first query may be answered before the operator has said Ready: then the last step ends with the query.
    """
    steps, before = {}, 0.0
    for name in names:
        if timings.get(name) is not None:
            end = min(timings[name], total)
            steps[name] = max(0.0, end - before)
            before = max(before, end)
    steps[last] = max(0.0, total - before)
    return steps


class Follower:
    """pgfork: a follower is created; it is measured until it streams."""
    name = "follower"

    def __init__(self, cluster, source, copy):
        self.cluster, self.source, self.copy, self.claim = cluster, source, copy, copy + "-g1"

    def make(self):
        watch = Stopwatch()
        self.cluster.create({
            "apiVersion": "pgfork.dev/v1alpha1", "kind": "PostgresFollower", "metadata": {"name": self.copy},
            "spec": {"follows": {"name": self.source.name}}})
        follower = self.cluster.wait(
            "PostgresFollower", self.copy, lambda found: (found.get("status") or {}).get("streaming") is True, "streaming")
        watch.step("streaming")
        watch.steps = shares(follower["status"].get("timings", {}), watch.total(),
                             ("attached", "cut", "bound"), "started, streaming")
        return watch

    def remove(self):
        self.cluster.delete("PostgresFollower", self.copy)
        self.cluster.gone("PostgresFollower", self.copy)
        self.cluster.gone("PersistentVolumeClaim", self.claim)


class ByHand:
    """What the other ways have in common: a volume, a pod and a Service of their own."""

    def __init__(self, cluster, source, copy):
        self.cluster, self.source, self.copy, self.claim = cluster, source, copy, copy
        self.binding = source.binding.at(copy)

    def _volume(self, snapshot=None):
        """With the pod after the volume: a pod that has to wait for its volume costs the scheduler's back-off."""
        self.cluster.create(manifests.claim(self.copy, self.source.storage, snapshot))
        self.cluster.wait("PersistentVolumeClaim", self.copy, _bound, "being bound")

    def _server(self, prepare):
        self.cluster.create(manifests.server(self.copy, self.source.image, prepare, self.source.secret))

    def remove(self):
        for kind in ("Pod", "Service", "PersistentVolumeClaim", "VolumeSnapshot"):
            self.cluster.delete(kind, self.copy)
            self.cluster.gone(kind, self.copy)


class HandMade(ByHand):
    """The floor: the fewest steps that a script of one's own can do, and crash recovery; no quarantine, no TLS."""
    name = "hand-made"

    def make(self):
        with first_sql(self.cluster) as client, self.source.checkpoints() as checkpoints:
            watch = Stopwatch()
            self.cluster.create(manifests.service(self.copy))
            checkpoints.tell("now\n")
            checkpoints.line()
            watch.step("CHECKPOINT")
            self.cluster.create(manifests.snapshot(self.copy, self.source.claim))
            self.cluster.wait("VolumeSnapshot", self.copy, _usable, "being taken")
            watch.step("snapshot")
            self._volume(self.copy)
            watch.step("volume")
            self._server('rm -f "$PGDATA/postmaster.pid"')
            client.tell(self.binding.lines())
            client.line()
            watch.step("pod, recovery, first SQL")
        return watch


class DumpRestore(ByHand):
    """A new server, and pg_dump | pg_restore into it, uncompressed because it goes no farther than the next pod."""
    name = "dump-restore"

    # Roles are not in a dump: the new server's superuser has the name and password of the source's owner.
    INITDB = ('initdb --username="$(cat /binding/username)" --pwfile=/binding/password --auth=trust >/dev/null\n'
              'echo "create database \\"$(cat /binding/database)\\"" | '
              'postgres --single -D "$PGDATA" -c config_file=/tmp/postgresql.conf postgres >/dev/null')

    COPY = r"""
set -euo pipefail
read -r PGHOST; read -r PGDATABASE; read -r PGUSER; read -r PGPASSWORD; read -r target
export PGHOST PGDATABASE PGUSER PGPASSWORD
pg_dump --format=custom --compress=0 | pg_restore --no-owner --no-acl --dbname="host=$target dbname=$PGDATABASE"
echo copied
"""

    def make(self):
        source, binding = self.source, self.source.binding
        copying = self.cluster.session(POD, ["bash", "-c", self.COPY])
        with first_sql(self.cluster) as started, first_sql(self.cluster) as client, copying:
            watch = Stopwatch()
            self.cluster.create(manifests.service(self.copy))
            self._volume()
            self._server(self.INITDB)
            started.tell(self.binding.lines())
            started.line()
            watch.step("new server")
            copying.tell("\n".join(
                [binding.host, binding.database, binding.user, binding.password, self.copy]) + "\n")
            copying.line(seconds=COPYING)
            watch.step("dump and restore")
            client.tell(self.binding.lines())
            client.line()
            watch.step("first SQL")
        return watch


class BaseBackup(ByHand):
    """pg_basebackup into a new volume, and recovery of what was written meanwhile."""
    name = "basebackup"

    def make(self):
        prepare = (
            'PGPASSWORD=$(cat /binding/password) pg_basebackup --checkpoint=fast --wal-method=stream --pgdata="$PGDATA" '
            f'--host={self.source.binding.host} --username="$(cat /binding/username)"\n'
            'chmod 0700 "$PGDATA"')
        with first_sql(self.cluster) as client:
            watch = Stopwatch()
            self.cluster.create(manifests.service(self.copy))
            self._volume()
            self._server(prepare)
            self.cluster.wait("Pod", self.copy, running, "starting")
            watch.step("volume and pod")
            client.tell(self.binding.lines())
            client.line(seconds=COPYING)
            watch.step("copy, recovery, first SQL")
        return watch


ALL = {way.name: way for way in (
    Fork, Masked, OfGolden, Reset, Wake, Follower, HandMade, DumpRestore, BaseBackup)}


def _bound(claim):
    return claim is not None and claim.get("status", {}).get("phase") == "Bound"


def rests(fork):
    """Not by the phase, which it has as soon as its pod is being stopped."""
    conditions = ((fork or {}).get("status") or {}).get("conditions") or []
    return any(c["type"] == "Available" and c["reason"] == "Suspended" for c in conditions)


def _usable(snapshot):
    return snapshot is not None and snapshot.get("status", {}).get("readyToUse") is True
