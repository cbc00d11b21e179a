"""The operator itself: its memory, and how long it takes from its start to the first reconcile."""

import datetime
import subprocess

from cluster import Problem

NAMESPACE = "pgfork-system"
DEPLOYMENT = "pgfork"
PROBE = "first-reconcile"


def measure(cluster):
    """Memory as the kubelet sees it now, after all that was measured before; then stops and starts the operator."""
    rss = memory(cluster)
    _scale(0)
    try:
        # Its source does not exist: the first reconcile notes when it saw the request, and waits.
        cluster.ensure({
            "apiVersion": "pgfork.dev/v1alpha1", "kind": "PostgresFork", "metadata": {"name": PROBE},
            "spec": {"from": {"name": "there-is-none"}}})
    finally:
        _scale(1)
    fork = cluster.wait(
        "PostgresFork", PROBE, lambda found: "requestedAt" in found.get("status", {}), "the first reconcile")
    seen = datetime.datetime.fromisoformat(fork["status"]["requestedAt"].replace("Z", "+00:00")).timestamp()
    began = _process_start(cluster, _pod_name())
    cluster.delete("PostgresFork", PROBE)
    return {"rss_bytes": rss, "first_reconcile_seconds": seen - began}


def memory(cluster):
    """Its resident set in bytes, as the kubelet sees it now."""
    return _rss(cluster, _pod_name())


def _pod_name():
    found = _kubectl("get", "pods", "-l", f"app.kubernetes.io/name={DEPLOYMENT}", "-o", "name",
                     "--field-selector=status.phase=Running").split()
    if not found:
        raise Problem("The operator does not run: run make install first.")
    return found[0].removeprefix("pod/")


def _scale(replicas):
    _kubectl("scale", "deployment/" + DEPLOYMENT, f"--replicas={replicas}")
    if replicas:
        _kubectl("rollout", "status", "deployment/" + DEPLOYMENT, "--timeout=120s")
    else:
        _kubectl("wait", "--for=delete", "pod", "-l", f"app.kubernetes.io/name={DEPLOYMENT}", "--timeout=120s")


def _rss(cluster, pod):
    for node in cluster.read("/api/v1/nodes")["items"]:
        summary = cluster.read(f'/api/v1/nodes/{node["metadata"]["name"]}/proxy/stats/summary')
        for candidate in summary["pods"]:
            if candidate["podRef"] == {**candidate["podRef"], "name": pod, "namespace": NAMESPACE}:
                return candidate["containers"][0]["memory"]["rssBytes"]
    raise Problem(f"No kubelet knows the memory of pod {NAMESPACE}/{pod}.")


def _process_start(cluster, pod):
    """Seconds since the epoch, by the operator's own clock."""
    text = cluster.read_text(f"/api/v1/namespaces/{NAMESPACE}/pods/{pod}:8080/proxy/metrics")
    for line in text.splitlines():
        if line.startswith("process_start_time_seconds"):
            return float(line.split()[-1])
    raise Problem("The operator's metrics have no process_start_time_seconds.")


def _kubectl(*arguments):
    done = subprocess.run(["kubectl", "-n", NAMESPACE, *arguments], capture_output=True, text=True)
    if done.returncode:
        raise Problem(f"kubectl {arguments[0]}: {done.stderr.strip()}")
    return done.stdout
