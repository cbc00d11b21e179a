"""The cluster, as the measurements need it: a small client of the Kubernetes API, and commands in pods.

kubectl takes a tenth of a second for each call, which is as much as the steps that are measured. So objects go through
the API directly, and a command in a pod is started before it is needed and told by a line when to act.
"""

import base64
import http.client
import json
import select
import ssl
import subprocess
import tempfile
import time
from urllib.parse import quote, urlsplit

COLLECTIONS = {
    "ConfigMap": "/api/v1/namespaces/{namespace}/configmaps",
    "Namespace": "/api/v1/namespaces",
    "Node": "/api/v1/nodes",
    "PersistentVolume": "/api/v1/persistentvolumes",
    "PersistentVolumeClaim": "/api/v1/namespaces/{namespace}/persistentvolumeclaims",
    "Pod": "/api/v1/namespaces/{namespace}/pods",
    "Secret": "/api/v1/namespaces/{namespace}/secrets",
    "Service": "/api/v1/namespaces/{namespace}/services",
    "VolumeSnapshot": "/apis/snapshot.storage.k8s.io/v1/namespaces/{namespace}/volumesnapshots",
    "PostgresDatabase": "/apis/pgfork.dev/v1alpha1/namespaces/{namespace}/postgresdatabases",
    "PostgresFollower": "/apis/pgfork.dev/v1alpha1/namespaces/{namespace}/postgresfollowers",
    "PostgresFork": "/apis/pgfork.dev/v1alpha1/namespaces/{namespace}/postgresforks",
}


class Problem(Exception):
    """Something that whoever runs the measurements has to know; the text says what to do."""


class Cluster:
    def __init__(self, namespace):
        self.namespace = namespace
        view = subprocess.run(
            ["kubectl", "config", "view", "--raw", "--minify", "--flatten", "-o", "json"],
            check=True, capture_output=True, text=True)
        config = json.loads(view.stdout)
        if not config.get("clusters"):
            raise Problem("There is no cluster: run make cluster-up install first.")
        self._address = urlsplit(config["clusters"][0]["cluster"]["server"])
        self._tls, self._headers = _credentials(config)
        self._kept = None

    def create(self, body):
        path = self._collection(body["kind"], body["metadata"].get("namespace"))
        return self._call("POST", path, body)

    def ensure(self, body):
        """Creates the object unless one of its name is there."""
        return self.get(body["kind"], body["metadata"]["name"]) or self.create(body)

    def get(self, kind, name):
        """The object, or None."""
        return self._call("GET", self._object(kind, name), absent_is_fine=True)

    def all(self, kind):
        """Every object of the kind in the namespace, as it is now."""
        return self._call("GET", self._collection(kind))["items"]

    def merge(self, kind, name, patch):
        """Changes the fields that the patch holds."""
        return self._call("PATCH", self._object(kind, name), patch)

    def read(self, path):
        return self._call("GET", path)

    def read_text(self, path):
        return self._send("GET", path)[1].decode()

    def delete(self, kind, name):
        self._call("DELETE", self._object(kind, name), absent_is_fine=True)

    def wait(self, kind, name, wanted, what, seconds=180):
        """Returns the object as soon as `wanted(object)` is true; the object is None while it does not exist."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            query = "?fieldSelector=metadata.name%3D" + quote(name)
            listed = self._call("GET", self._collection(kind) + query)
            found = (listed["items"] or [None])[0]
            if wanted(found):
                return found
            watching = query + "&watch=1&resourceVersion=" + listed["metadata"]["resourceVersion"]
            for found in self._watch(self._collection(kind) + watching, deadline):
                if wanted(found):
                    return found
        raise Problem(f"{kind} {self.namespace}/{name}: {what} took longer than {seconds} s. Look at:\n"
                      f"  kubectl -n {self.namespace} describe {kind} {name}")

    def gone(self, kind, name):
        self.wait(kind, name, lambda found: found is None, "its removal")

    def session(self, pod, command):
        return Session(["kubectl", "-n", self.namespace, "exec", "-i", pod, "--", *command])

    def run(self, pod, command, text=""):
        """Runs a command to its end and returns what it printed."""
        done = subprocess.run(
            ["kubectl", "-n", self.namespace, "exec", "-i", pod, "--", *command],
            input=text, capture_output=True, text=True)
        if done.returncode:
            raise Problem(f"In pod {pod}, {command[0]} failed: {done.stderr.strip()[-600:]}")
        return done.stdout

    def _watch(self, path, deadline):
        """The object at each of its changes, None for its deletion; ends when the server or the deadline ends it."""
        connection = self._connect(max(1.0, deadline - time.monotonic()))
        try:
            connection.request("GET", path, headers=self._headers)
            for line in connection.getresponse():
                event = json.loads(line)
                if event["type"] == "ERROR":
                    return
                yield None if event["type"] == "DELETED" else event["object"]
        except TimeoutError:
            return
        finally:
            connection.close()

    def _call(self, method, path, body=None, absent_is_fine=False):
        status, content = self._send(method, path, None if body is None else json.dumps(body))
        if status == 404 and absent_is_fine:
            return None
        if status >= 300:
            raise Problem(f"{method} {path}: {json.loads(content).get('message')}")
        return json.loads(content)

    def _send(self, method, path, text=None):
        content = "application/merge-patch+json" if method == "PATCH" else "application/json"
        headers = {**self._headers, "Content-Type": content}
        for fresh in (False, True):
            if fresh or self._kept is None:
                self._kept = self._connect(30)
            try:
                self._kept.request(method, path, text, headers)
                answer = self._kept.getresponse()
                return answer.status, answer.read()
            except (http.client.HTTPException, ConnectionError, TimeoutError):
                # The server closes a connection that has long been idle.
                self._kept = None
                if fresh:
                    raise

    def _connect(self, timeout):
        return http.client.HTTPSConnection(
            self._address.hostname, self._address.port or 443, context=self._tls, timeout=timeout)

    def _collection(self, kind, namespace=None):
        return COLLECTIONS[kind].format(namespace=namespace or self.namespace)

    def _object(self, kind, name):
        return self._collection(kind) + "/" + name


class Session:
    """A command that runs in a pod, and is spoken to by lines."""

    def __init__(self, command):
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)

    def tell(self, text):
        self._process.stdin.write(text.encode())

    def line(self, seconds=180):
        """The next line that it prints."""
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        line = self._process.stdout.readline() if ready else b""
        if not line:
            raise Problem(f"No answer within {seconds} s from: {' '.join(self._process.args[5:9])} …")
        return line.decode().rstrip("\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


def decoded(secret):
    """The data of a Secret as text."""
    return {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}


def _credentials(config):
    """TLS context and headers for whom the kubeconfig says that we are."""
    tls = ssl.create_default_context(
        cadata=base64.b64decode(config["clusters"][0]["cluster"]["certificate-authority-data"]).decode())
    user = config["users"][0]["user"]
    if "token" in user:
        return tls, {"Authorization": "Bearer " + user["token"]}
    if "client-certificate-data" not in user:
        raise Problem("The kubeconfig must hold a client certificate or a token; others are not understood here.")
    # Python reads certificates from files only; this one is its owner's alone and gone at once.
    with tempfile.NamedTemporaryFile() as file:
        for part in ("client-certificate-data", "client-key-data"):
            file.write(base64.b64decode(user[part]) + b"\n")
        file.flush()
        tls.load_cert_chain(file.name)
    return tls, {}
