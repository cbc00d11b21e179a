"""Measures forks against other ways to copy a database. See README.md beside this file."""

import argparse
import json
import os
import shlex
import subprocess
import sys
import time

import changeover
import crowd
import manifests
import operator_pod
import results as reports
from client import POD
from cluster import Cluster, Problem
from source import Source, running
from ways import ALL

HERE = os.path.dirname(os.path.abspath(__file__))
IMAGE = "postgres:17"

# The source writes for so long between a CHECKPOINT and each request, so that every way finds the same.
LEAD_IN = 10

# Transactions are looked at until so long after the first query: a stall may end after it.
AFTER = 1

# The volume of a copy is looked at so long after its first query.
DISK_AFTER = 10


def arguments():
    parser = argparse.ArgumentParser(prog="bench/run.sh", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="rounds; each measures every way once (default: 5)")
    parser.add_argument("--sizes", default="empty,1.5g",
                        help="sources, by comma: empty, gigabytes like 10g, or like 20000-tables (default: empty,1.5g)")
    parser.add_argument("--ways", default=",".join(ALL), help="which ways, by comma (default: all of them)")
    parser.add_argument("--clients", type=int, default=4,
                        help="pgbench clients on sources with gigabytes in them; 0: no load (default: 4)")
    parser.add_argument("--changeovers", type=int, default=20,
                        help="between the last source and a follower of it; 0: none (default: 20)")
    parser.add_argument("--crowd", type=int, default=50,
                        help="copies of one golden fork at once; 0: none (default: 50)")
    parser.add_argument("--resting", type=int, default=0,
                        help="suspended forks to look at the operator's memory with (default: 0; 500 take half an hour)")
    parser.add_argument("--namespace", default="bench", help="is made and, unless --keep, removed (default: bench)")
    parser.add_argument("--keep", action="store_true", help="leave the sources for the next time")
    parser.add_argument("--no-operator", action="store_true", help="leave the operator's pod alone")
    parser.add_argument("--report", metavar="JSON", help="only print the report of earlier results")
    return parser.parse_args()


def main():
    options = arguments()
    if options.report:
        with open(options.report) as file:
            print(reports.report(json.load(file)))
        return
    unknown = [way for way in options.ways.split(",") if way not in ALL]
    if unknown:
        raise Problem(f"There is no way called {unknown[0]}; there are: {', '.join(ALL)}.")
    cluster = Cluster(options.namespace)
    measured = {**reports.about("bench/run.sh " + shlex.join(sys.argv[1:])), "rounds": options.runs}
    try:
        measured.update(measure(cluster, options))
    finally:
        if not options.keep:
            say("removing what was made")
            cluster.delete("Namespace", options.namespace)
    path = os.path.join(HERE, "results", time.strftime("%Y%m%d-%H%M%S.json", time.gmtime()))
    reports.save(measured, path)
    print(reports.report(measured))
    say("results: " + os.path.relpath(path))


def measure(cluster, options):
    cluster.ensure({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": options.namespace}})
    cluster.ensure(manifests.idle(POD, IMAGE))
    cluster.wait("Pod", POD, running, "starting")
    sources = [Source(cluster, size, IMAGE) for size in options.sizes.split(",")]
    sizes = []
    for source in sources:
        say(f"making {source.name}")
        source.make()
        clients = options.clients if source.has_pgbench() else 0
        sizes.append({"size": source.size, "bytes": source.bytes(), "clients": clients, "quiet": []})
    runs = []
    for number in range(options.runs):
        for source, size in zip(sources, sizes):
            # Back and forth: no way has always the same one before it.
            ways = options.ways.split(",")[:: 1 if number % 2 == 0 else -1]
            runs += measure_round(cluster, source, size, ways, number)
    changeovers = measure_changeovers(cluster, sources[-1], sizes[-1], options.changeovers)
    many = crowd.measure(cluster, sources[0], options.crowd, options.resting, say) \
        if options.crowd or options.resting else None
    memory = {} if options.no_operator else operator_pod.measure(cluster)
    if not options.keep:
        for source in sources:
            source.remove()
    return {"sizes": sizes, "runs": runs, "changeovers": changeovers, "crowd": many, "operator": memory}


def measure_changeovers(cluster, source, size, count):
    if not count:
        return []
    if size["clients"]:
        source.start_load(size["clients"], again=True)
    try:
        return changeover.measure(cluster, source, count, say)
    finally:
        if size["clients"]:
            source.stop_load()


def measure_round(cluster, source, size, ways, number):
    runs = []
    if size["clients"]:
        source.start_load(size["clients"])
    try:
        for way in ways:
            run = measure_way(cluster, source, size, ALL[way])
            say(f'round {number + 1}, {source.size}: {way} {run["seconds"]:.2f} s')
            runs.append({"round": number, **run})
    finally:
        if size["clients"]:
            source.stop_load()
    return runs


def measure_way(cluster, source, size, way):
    source.sql("CHECKPOINT")
    if size["clients"]:
        begin = time.time()
        time.sleep(LEAD_IN)
        size["quiet"].append(source.felt_between(begin + LEAD_IN / 2, time.time()))
    copy = way(cluster, source, "copy")
    watch = copy.make()
    end = watch.begin + watch.total()
    run = {"way": way.name, "size": source.size, "seconds": watch.total(), "steps": watch.steps}
    if size["clients"]:
        run["felt"] = source.felt_between(watch.begin, end + AFTER)
    time.sleep(max(0.0, end + DISK_AFTER - time.time()))
    run["disk_bytes"] = exclusive_bytes(cluster, copy.claim)
    copy.remove()
    return run


def exclusive_bytes(cluster, claim):
    """Bytes on disk that the volume of a claim shares with no other."""
    volume = cluster.get("PersistentVolumeClaim", claim)["spec"]["volumeName"]
    handle = cluster.get("PersistentVolume", volume)["spec"]["csi"]["volumeHandle"]
    counted = subprocess.run(
        [os.path.join(HERE, "..", "cluster", "exclusive-bytes.sh"), handle],
        check=True, stdout=subprocess.PIPE, text=True)
    return int(counted.stdout)


def say(text):
    print("bench: " + text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main()
    except Problem as problem:
        sys.exit(f"bench: {problem}")
    except KeyboardInterrupt:
        sys.exit(130)
