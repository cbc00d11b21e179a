"""The client: connections through a Service, from a pod of its own."""

from cluster import decoded

POD = "client"

# Reads how to connect from stdin, tries until a query is answered, and says so. Passwords come by stdin, never by an
# argument that others can read.
FIRST_SQL = r"""
read -r PGHOST; read -r PGDATABASE; read -r PGUSER; read -r PGPASSWORD; read -r PGSSLMODE; read -r ca_lines
export PGHOST PGDATABASE PGUSER PGPASSWORD PGSSLMODE PGCONNECT_TIMEOUT=2
if ((ca_lines)); then
  export PGSSLROOTCERT=/tmp/ca.$$
  head -n "$ca_lines" >"$PGSSLROOTCERT"
fi
until answer=$(psql -XAtqc "SELECT 'answered'" 2>&1); do sleep 0.02; done
echo "$answer"
"""


class Binding:
    """How to connect, as the Secret <name>-app says it."""

    def __init__(self, host, database, user, password, sslmode="disable", authority=""):
        self.host, self.database, self.user, self.password = host, database, user, password
        self.sslmode, self.authority = sslmode, authority

    @staticmethod
    def of(secret):
        data = decoded(secret)
        return Binding(data["host"], data["database"], data["username"], data["password"], data["sslmode"],
                       data["ca.crt"])

    def at(self, host):
        """The same login at a copy that was made by hand."""
        return Binding(host, self.database, self.user, self.password)

    def lines(self):
        """What a script in the client's pod reads."""
        authority = self.authority.strip().splitlines()
        return "\n".join([self.host, self.database, self.user, self.password, self.sslmode, str(len(authority)),
                          *authority]) + "\n"


def first_sql(cluster):
    """A session that answers with a line as soon as a query is answered by the binding that it is told."""
    return cluster.session(POD, ["bash", "-c", FIRST_SQL])
