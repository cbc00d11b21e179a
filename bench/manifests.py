"""The objects that one makes by hand to copy a database without pgfork."""

VOLUME = "/pgfork/volume"
PGDATA = VOLUME + "/pgdata"

# As the official image and pgfork have it.
POSTGRES_UID = 999


def claim(name, size, snapshot=None):
    spec = {"accessModes": ["ReadWriteOncePod"], "resources": {"requests": {"storage": size}}}
    if snapshot:
        spec["dataSource"] = {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": snapshot}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}


def snapshot(name, claim_name):
    return {"apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshot", "metadata": {"name": name},
            "spec": {"source": {"persistentVolumeClaimName": claim_name}}}


def service(name):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
            "spec": {"selector": {"bench": name}, "ports": [{"port": 5432}]}}


def server(name, image, prepare, source_secret):
    """A Postgres pod on the claim of its name, with the probes that pgfork gives its own.

    `prepare` is bash that runs before the server: it finds or makes the data directory.
    """
    script = f"""
set -euo pipefail
export PGDATA={PGDATA}
printf 'local all all trust\\nhost all all all scram-sha-256\\n' >/tmp/pg_hba.conf
: >/tmp/postgresql.conf >/tmp/pg_ident.conf
{prepare}
exec postgres -c config_file=/tmp/postgresql.conf -c hba_file=/tmp/pg_hba.conf -c ident_file=/tmp/pg_ident.conf \
  -c listen_addresses='*' -c unix_socket_directories=/tmp
"""
    ready = {"exec": {"command": ["pg_isready", "--quiet", "--host=/tmp"]}, "timeoutSeconds": 5}
    started = {"exec": {"command": ["test", "-d", VOLUME]}, "timeoutSeconds": 5}
    return _pod(
        name, image, ["bash", "-c", script],
        {
            "startupProbe": {**started, "periodSeconds": 1, "failureThreshold": 300},
            "livenessProbe": {**started, "periodSeconds": 10, "failureThreshold": 6},
            "readinessProbe": {**ready, "periodSeconds": 1, "failureThreshold": 5},
        },
        {
            VOLUME: {"persistentVolumeClaim": {"claimName": name}},
            "/tmp": {"emptyDir": {}},
            "/dev/shm": {"emptyDir": {"medium": "Memory"}},
            "/binding": {"secret": {"secretName": source_secret}},
        })


def idle(name, image):
    """A pod that does nothing by itself: commands are run in it."""
    return _pod(name, image, ["sleep", "infinity"], {}, {"/tmp": {"emptyDir": {}}})


def _pod(name, image, command, probes, mounts):
    volumes, places = [], []
    for number, (path, volume) in enumerate(mounts.items()):
        volumes.append({"name": f"v{number}", **volume})
        places.append({"name": f"v{number}", "mountPath": path})
    container = {
        "name": "postgres", "image": image, "command": command, "volumeMounts": places, **probes,
        "securityContext": {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}},
    }
    return {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"bench": name}},
        "spec": {
            "containers": [container], "volumes": volumes, "restartPolicy": "Never",
            "automountServiceAccountToken": False, "enableServiceLinks": False, "terminationGracePeriodSeconds": 1,
            "securityContext": {
                "runAsNonRoot": True, "runAsUser": POSTGRES_UID, "runAsGroup": POSTGRES_UID, "fsGroup": POSTGRES_UID,
                "fsGroupChangePolicy": "OnRootMismatch", "seccompProfile": {"type": "RuntimeDefault"}},
        },
    }
