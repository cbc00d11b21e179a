"""Many copies of one golden fork at once, by pgfork and by hand, and the operator's memory with them and with many that
rest. Everything is counted by this process's clock, from the first request."""

import time

import manifests
from cluster import Problem
from operator_pod import memory
from ways import OfGolden, rests

# How often all copies are looked at, in seconds.
PERIOD = 0.2

# The longest that a crowd may take, in seconds.
PATIENCE = 1800

# So many forks that shall rest are asked for at once: each has a pod until it does.
BATCH = 25


def measure(cluster, source, count, resting, say):
    """Seconds until each copy was ready, by way, and the operator's memory with all of them there."""
    golden = OfGolden(cluster, source, "none")
    golden.prepare()
    measured = {"count": count, "resting": resting, "seconds": {}}
    if count:
        for crowd in (Forks(cluster, golden.golden, count), ByHand(cluster, golden.golden, count, source.image)):
            say(f"{count} at once: {crowd.name}")
            measured["seconds"][crowd.name] = crowd.make()
            if crowd.name == Forks.name:
                measured["rss_running_bytes"] = memory(cluster)
            crowd.remove()
    if resting:
        rest(cluster, golden.golden, resting, say)
        measured["rss_resting_bytes"] = memory(cluster)
        for number in range(resting):
            cluster.delete("PostgresFork", resting_name(number))
        _none_left(cluster, "PostgresFork", "resting-")
    return measured


def rest(cluster, golden, count, say):
    for first in range(0, count, BATCH):
        names = [resting_name(number) for number in range(first, min(first + BATCH, count))]
        for name in names:
            cluster.create(fork(name, golden, suspend=True))
        for name in names:
            cluster.wait("PostgresFork", name, rests, "being suspended", 600)
        say(f"{first + len(names)} of {count} rest")


def resting_name(number):
    return f"resting-{number}"


def fork(name, golden, suspend=False):
    return {
        "apiVersion": "pgfork.dev/v1alpha1", "kind": "PostgresFork", "metadata": {"name": name},
        "spec": {"from": {"kind": "PostgresFork", "name": golden}, "suspend": suspend}}


class Forks:
    """pgfork: all resources are created, one right after the other."""
    name = "pgfork"

    def __init__(self, cluster, golden, count):
        self.cluster, self.golden = cluster, golden
        self.names = [f"crowd-{number}" for number in range(count)]

    def make(self):
        begin = time.monotonic()
        for name in self.names:
            self.cluster.create(fork(name, self.golden))
        return _watch_until_done(
            begin, self.names, lambda: self.cluster.all("PostgresFork"), lambda found: _phase(found) == "Ready")

    def remove(self):
        for name in self.names:
            self.cluster.delete("PostgresFork", name)
        _none_left(self.cluster, "PostgresFork", "crowd-")
        _none_left(self.cluster, "PersistentVolumeClaim", "crowd-")


class ByHand:
    """A VolumeSnapshot each, a claim as soon as that is usable, a pod and a Service as soon as the claim is bound."""
    name = "hand-made"

    def __init__(self, cluster, golden, count, image):
        self.cluster, self.golden, self.image = cluster, golden, image
        self.names = [f"hand-{number}" for number in range(count)]

    def make(self):
        fork_of_golden = self.cluster.get("PostgresFork", self.golden)["status"]
        source = f"{self.golden}-g{fork_of_golden['instance']['generation']}"
        self.size = self.cluster.get("PersistentVolumeClaim", source)["spec"]["resources"]["requests"]["storage"]
        begin = time.monotonic()
        for name in self.names:
            self.cluster.create(manifests.snapshot(name, source))
        self.claimed, self.started = set(), set()
        return _watch_until_done(begin, self.names, self._advance, _is_ready)

    def _advance(self):
        for snapshot in self.cluster.all("VolumeSnapshot"):
            name = snapshot["metadata"]["name"]
            usable = snapshot.get("status", {}).get("readyToUse") is True
            if name in self.names and name not in self.claimed and usable:
                self.cluster.create(manifests.claim(name, self.size, name))
                self.claimed.add(name)
        for claim in self.cluster.all("PersistentVolumeClaim"):
            name = claim["metadata"]["name"]
            if name in self.claimed and name not in self.started and claim["status"].get("phase") == "Bound":
                self.cluster.create(manifests.service(name))
                self.cluster.create(manifests.server(
                    name, self.image, 'rm -f "$PGDATA/postmaster.pid"', self.golden + "-app"))
                self.started.add(name)
        return self.cluster.all("Pod")

    def remove(self):
        for kind in ("Pod", "Service", "PersistentVolumeClaim", "VolumeSnapshot"):
            for name in self.names:
                self.cluster.delete(kind, name)
            _none_left(self.cluster, kind, "hand-")


def _watch_until_done(begin, names, look, is_done):
    """Seconds since `begin` at which each was seen to be done, in the order of that."""
    missing, seconds = set(names), []
    while missing:
        if time.monotonic() - begin > PATIENCE:
            raise Problem(f"Not ready after {PATIENCE} s: {', '.join(sorted(missing)[:5])}. Describe one of them.")
        for found in look():
            if found["metadata"]["name"] in missing and is_done(found):
                missing.remove(found["metadata"]["name"])
                seconds.append(time.monotonic() - begin)
        time.sleep(PERIOD)
    return seconds


def _none_left(cluster, kind, prefix):
    deadline = time.monotonic() + PATIENCE
    while any(found["metadata"]["name"].startswith(prefix) for found in cluster.all(kind)):
        if time.monotonic() > deadline:
            raise Problem(f"{kind} {prefix}…: their removal took longer than {PATIENCE} s.")
        time.sleep(PERIOD)


def _phase(resource):
    return ((resource or {}).get("status") or {}).get("phase")


def _is_ready(pod):
    return any(condition["type"] == "Ready" and condition["status"] == "True"
               for condition in pod.get("status", {}).get("conditions", []))
