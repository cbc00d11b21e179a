"""A database to be copied: made by pgfork, filled, and put under load."""

import time

import manifests
import client
from cluster import Problem
from transactions import felt, in_window

LOAD_POD = "load"
ROWS_PER_GB = 68  # pgbench's scale, of 100,000 rows each
TABLES_AT_ONCE = 500  # each holds a lock until its transaction ends

PGBENCH = r"""
set -euo pipefail
read -r PGHOST; read -r PGDATABASE; read -r PGUSER; read -r PGPASSWORD; read -r PGSSLMODE; read -r ca_lines
export PGHOST PGDATABASE PGUSER PGPASSWORD PGSSLMODE PGSSLROOTCERT=/tmp/ca
head -n "$ca_lines" >"$PGSSLROOTCERT"
cd /tmp
"""


class Source:
    """`size` is empty, a number of gigabytes like 1.5g, or a number of tables like 20000-tables."""

    def __init__(self, cluster, size, image):
        self.cluster, self.size, self.image = cluster, size, image
        self.name = "source-" + size.replace(".", "-")
        self.gigabytes = float(size[:-1]) if size.endswith("g") else 0
        self.tables = int(size.split("-")[0]) if size.endswith("-tables") else 0
        self.storage = f"{int(self.gigabytes * 3) + 10}Gi"
        self.pod = self.claim = self.name + "-g1"
        self.pod += "-0"
        self.secret = self.name + "-app"

    def make(self):
        self.cluster.ensure({
            "apiVersion": "pgfork.dev/v1alpha1", "kind": "PostgresDatabase", "metadata": {"name": self.name},
            "spec": {"image": self.image, "storage": {"size": self.storage}, "deletionPolicy": "Delete"}})
        self.cluster.wait("PostgresDatabase", self.name, _ready, "getting ready")
        self.binding = client.Binding.of(self.cluster.get("Secret", self.secret))
        self._wait_for_service()
        self._fill()
        self._let_basebackup_in()

    def remove(self):
        self.cluster.delete("PostgresDatabase", self.name)
        self.cluster.gone("PostgresDatabase", self.name)

    def sql(self, text, database="postgres"):
        """As superuser, by the socket in the pod."""
        command = ["psql", "-XAtq", "-U", "postgres", "-d", database, "-v", "ON_ERROR_STOP=1", "-f", "-"]
        return self.cluster.run(self.pod, command, text).strip()

    def bytes(self):
        return int(self.sql("SELECT sum(pg_database_size(oid)) FROM pg_database"))

    def checkpoints(self):
        """A session that runs CHECKPOINT for each line it is told, and answers with a line."""
        return self.cluster.session(
            self.pod, ["bash", "-c", "while read -r _; do psql -XqU postgres -c CHECKPOINT && echo done; done"])

    def has_pgbench(self):
        return self.gigabytes > 0

    def start_load(self, clients, again=False):
        """`again`: it begins anew when its connections end."""
        self.cluster.ensure(manifests.idle(LOAD_POD, self.image))
        self.cluster.wait("Pod", LOAD_POD, running, "starting")
        load = f"pgbench --client={clients} --jobs=2 --time=86400 --log --log-prefix=/tmp/transactions"
        if again:
            load = f"while :; do {load} --no-vacuum || sleep 0.1; done"
        load = PGBENCH + f"({load}) >/tmp/pgbench.log 2>&1 & disown"
        self.cluster.run(LOAD_POD, ["bash", "-c", load], self.binding.lines())
        self._wait_for_transactions_after(time.time())

    def stop_load(self):
        self.cluster.delete("Pod", LOAD_POD)
        self.cluster.gone("Pod", LOAD_POD)

    def felt_between(self, begin, end):
        """What the load's clients felt in a window of time, once the log has got past its end."""
        self._wait_for_transactions_after(end)
        return felt(in_window(self._log(begin - 5), begin, end))

    def _log(self, since):
        return self.cluster.run(
            LOAD_POD, ["bash", "-c", f"awk '$5 >= {int(since)}' /tmp/transactions.*"])

    def _wait_for_transactions_after(self, moment, seconds=60):
        deadline = time.monotonic() + seconds
        last = f"tail -qn 2 /tmp/transactions.* | awk '{{ if ($5 > last) last = $5 }} END {{ print last + 0 }}'"
        while time.monotonic() < deadline:
            if int(self.cluster.run(LOAD_POD, ["bash", "-c", last]) or 0) > moment:
                return
            time.sleep(0.2)
        log = self.cluster.run(LOAD_POD, ["tail", "-n", "3", "/tmp/pgbench.log"])
        raise Problem(f"pgbench has finished no transaction for {seconds} s: {log}")

    def _wait_for_service(self):
        """Ready means that Postgres answers; the nodes learn of the Service's endpoint a moment later."""
        with client.first_sql(self.cluster) as session:
            session.tell(self.binding.lines())
            session.line()

    def _fill(self):
        database = self.binding.database
        if self.gigabytes and self.sql("SELECT to_regclass('pgbench_history')", database) == "":
            scale = round(self.gigabytes * ROWS_PER_GB)
            fill = PGBENCH + f"pgbench --initialize --quiet --scale={scale} >/tmp/fill.log 2>&1"
            self.cluster.run(client.POD, ["bash", "-c", fill], self.binding.lines())
        if self.tables and self.sql("SELECT to_regclass('t1')", database) == "":
            self.sql(f"""
                DO $$ BEGIN
                  FOR n IN REVERSE {self.tables}..1 LOOP
                    EXECUTE format('CREATE TABLE t%s (id bigint PRIMARY KEY, note text)', n);
                    IF n % {TABLES_AT_ONCE} = 0 THEN COMMIT; END IF;
                  END LOOP;
                END $$""", database)

    def _let_basebackup_in(self):
        """pgfork lets nobody in for replication; for the comparison its file of the running server gets a line more."""
        hba = "/pgfork/run/conf/pg_hba.conf"
        line = f"hostssl replication {self.binding.user} all scram-sha-256"
        self.cluster.run(self.pod, ["bash", "-c", f"grep -q '^{line}' {hba} || echo '{line}' >>{hba}"])
        self.sql(f"ALTER ROLE {self.binding.user} REPLICATION; SELECT pg_reload_conf()")


def _ready(resource):
    conditions = (resource or {}).get("status", {}).get("conditions") or []
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def running(pod):
    return pod is not None and pod.get("status", {}).get("phase") == "Running"
