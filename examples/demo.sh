#!/usr/bin/env bash
# The story that `make demo` tells on the local cluster: a database with data in it, under load, a fork of it, a follower,
# and a changeover to the follower while a client writes. Leaves them running. Run again, it keeps the data, makes fork
# and follower anew, and changes over to the other side.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

NAMESPACE=demo
SOURCE=shop # as in database.yaml
FORK=pr-42  # as in fork.yaml
FOLLOWER=shop-replica # as in follower.yaml
SCALE=50    # of pgbench: 5 million accounts

KUBECONFIG=$(cluster/kubeconfig.sh)
KUBECTL=$(dirname "$KUBECONFIG")/kubectl
export KUBECONFIG

# ---- telling

bold='' plain='' terminal=
if [ -t 1 ]; then
  terminal=yes
  [ -n "${NO_COLOR:-}" ] || bold=$'\e[1m' plain=$'\e[0m'
fi
chapter() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }
fact() { printf '  %-46s %s\n' "$1" "$2"; }
die() {
  printf '\ndemo: %s\n' "$*" >&2
  exit 1
}

# progress: shows pgbench's lines "… (N%) of … done" as a bar that grows; without a terminal, as a line each quarter.
progress() {
  local text percent shown=0 bar='########################################'
  while IFS= read -r text; do
    [[ $text =~ \(([0-9]+)%\) ]] || continue
    percent=${BASH_REMATCH[1]}
    if [ "$terminal" ]; then
      printf '\r  [%-40s] %3d %%' "${bar:0:percent*40/100}" "$percent"
    elif ((percent >= shown + 25)); then
      shown=$((percent / 25 * 25))
      printf '  %3d %%\n' "$shown"
    fi
  done
  if [ "$terminal" ]; then printf '\r\e[K'; fi
}

microseconds() { echo "${EPOCHREALTIME/[.,]/}"; }
in_seconds() { awk -v us="$1" 'BEGIN { printf "%.1f s", us / 1e6 }'; }
since() { in_seconds "$(($(microseconds) - $1))"; }

# ---- reaching the database and the fork

kube() { "$KUBECTL" --namespace "$NAMESPACE" "$@"; }

# What the Secret <name>-app says, a line each. It goes to a pod by its stdin: arguments can be read by others.
BINDING='{{.data.host | base64decode}}
{{.data.database | base64decode}}
{{.data.username | base64decode}}
{{.data.password | base64decode}}
{{.data.sslmode | base64decode}}
{{index .data "ca.crt" | base64decode}}
.
'
binding() { kube get secret "$1-app" --output go-template="$BINDING"; }

# Is run in the pod: takes the lines of a binding to where psql and pgbench look for them.
# shellcheck disable=SC2016
CONNECT='
read -r PGHOST; read -r PGDATABASE; read -r PGUSER; read -r PGPASSWORD; read -r PGSSLMODE
PGSSLROOTCERT=$(mktemp)
while read -r line && [ "$line" != . ]; do echo "$line"; done >"$PGSSLROOTCERT"
export PGHOST PGDATABASE PGUSER PGPASSWORD PGSSLMODE PGSSLROOTCERT PGCONNECT_TIMEOUT=5
'
# in_pod POD SCRIPT: connected as the binding on stdin says.
in_pod() { kube exec --stdin "$1" -- bash -c "$CONNECT$2"; }
# sql NAME STATEMENTS: as the owner, through the Service of the database or fork.
sql() {
  {
    binding "$1"
    printf '%s\n' "$2"
  } | in_pod client 'exec psql -XAtq -v ON_ERROR_STOP=1 -f -'
}

# ---- leaving

background=()
clean_up() {
  [ ${#background[@]} = 0 ] || kill "${background[@]}" 2>/dev/null || true
  kube delete pod load --ignore-not-found --now --wait=false >/dev/null 2>&1 || true
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# ---- the story

start_clients() {
  kube delete pod client load --ignore-not-found --now >/dev/null
  kube apply --filename examples/demo/clients.yaml >/dev/null
  kube wait --for=condition=Ready pod/client pod/load --timeout=2m >/dev/null
}

make_source() {
  local began
  began=$(microseconds)
  kube apply --filename examples/database.yaml >/dev/null
  wait_until_ready pgdb "$SOURCE"
  fact "PostgresDatabase $SOURCE is ready" "$(since "$began")"
}

# wait_until_ready KIND NAME
wait_until_ready() {
  kube wait --for=condition=Ready "$1/$2" --timeout=5m >/dev/null || {
    kube get "$1" "$2" --output jsonpath='{range .status.conditions[*]}{.type}={.status} {.reason}: {.message}{"\n"}{end}' >&2
    die "$2 is not ready after 5 minutes."
  }
}

# The server is ready a moment before kube-proxy sends the Service's connections to it.
await_service() {
  # shellcheck disable=SC2016
  binding "$1" | in_pod client '
    until errors=$(psql -XAtqc "SELECT 1" 2>&1 >/dev/null); do
      ((SECONDS < 60)) || { echo "$errors" >&2; exit 1; }
      sleep 0.1
    done' || die "the Service $1 does not answer."
}

load_data() {
  local began log
  await_service "$SOURCE"
  began=$(microseconds)
  if [ "$(sql "$SOURCE" "SELECT to_regclass('pgbench_accounts_pkey') IS NOT NULL")" = t ]; then
    fact 'its data is there already' "$(size_of_source)"
    return
  fi
  log=$(mktemp)
  # The key of the accounts is made last: once it is there, everything is.
  binding "$SOURCE" | in_pod client "exec pgbench --initialize --scale=$SCALE 2>&1" | tee "$log" | progress ||
    die "pgbench could not load its data: $(tail -n 3 "$log")"
  rm "$log"
  fact "$((SCALE / 10)) million accounts, $(size_of_source)" "$(since "$began")"
}
size_of_source() { sql "$SOURCE" 'SELECT pg_size_pretty(pg_database_size(current_database()))'; }

start_load() {
  sql "$SOURCE" "
    SET client_min_messages = warning; DROP TABLE IF EXISTS notes; CREATE TABLE notes (note text); INSERT INTO notes VALUES ('before the fork')"
  # shellcheck disable=SC2016
  binding "$SOURCE" | in_pod load '
    pgbench --client=4 --jobs=2 --time=900 --progress=1 </dev/null >/tmp/log 2>&1 &
    until grep -q "^progress: [3-9]" /tmp/log; do kill -0 $! || { cat /tmp/log >&2; exit 1; }; sleep 0.2; done'
  fact '4 clients write to it as fast as they can' "$(transactions 3)"
}
# transactions SECONDS: of the load, in each of the last seconds, at most 15
transactions() {
  kube exec load -- tail -n "$(($1 < 15 ? $1 : 15))" /tmp/log |
    awk '/^progress/ { printf "%s%.0f", sep, $4; sep = ", " } END { print " transactions/s" }'
}

forget_old_fork() {
  if kube get pgf "$FORK" >/dev/null 2>&1; then
    kube delete pgf "$FORK" >/dev/null
    # Kubernetes removes these after their owner.
    kube wait --for=delete "secret/$FORK-app" "service/$FORK" "service/$FORK-instance" --timeout=1m >/dev/null
    fact "the PostgresFork $FORK of the last time" 'deleted'
  fi
}

make_fork() {
  local answer to_client
  # The client waits for the Secret before the fork is asked for, so that its own start is not counted.
  # shellcheck disable=SC2016
  coproc CLIENT { in_pod client '
    until answer=$(psql -XAtqc "SELECT 1" 2>&1) || ((SECONDS > 300)); do sleep 0.02; done; echo "$answer"'; }
  # Background jobs are not given the descriptors of a coprocess, but those of others.
  exec {to_client}>&"${CLIENT[1]}"
  kube get secret --field-selector "metadata.name=$FORK-app" --watch --output go-template="$BINDING" >&"$to_client" &
  background=($! "$CLIENT_PID")
  requested=$(microseconds)
  kube apply --filename examples/fork.yaml >/dev/null
  read -r -t 300 answer <&"${CLIENT[0]}" || {
    kube get pgf "$FORK" --output jsonpath='{range .status.conditions[*]}{.type}={.status} {.reason}: {.message}{"\n"}{end}' >&2
    die "$FORK does not answer after 5 minutes."
  }
  took=$(($(microseconds) - requested))
  kill "${background[@]}" 2>/dev/null || true
  background=()
  exec {to_client}>&-
  [ "$answer" = 1 ] || die "$FORK answers: $answer"
  fact "$FORK answers SQL through its Service after" "$(in_seconds "$took")"
}

tell_timings() {
  wait_until_ready pgf "$FORK"
  # Seconds from the request to the end of each step, by the operator's clock. Steps may overlap.
  kube get pgf "$FORK" --output go-template='{{with .status.timings}}{{.cut}} {{.bound}} {{.started}} {{.recovered}} {{.ready}}{{end}}' |
    awk '
      function step(name, end) {
        if (end != "<no" && end + 0 > before) { printf "    %-44s %.1f s\n", name, end - before; before = end }
      }
      {
        gsub(/<no value>/, "<no")
        step("CHECKPOINT of the source, and its snapshot", $1)
        step("a volume from the snapshot", $2)
        step("pod scheduled and started", $3)
        step("recovery, onto a timeline of its own", $4)
        step("quarantine, then opened for clients", $5)
      }'
}

tell_disk() {
  local volume handle
  volume=$(kube get pvc "$FORK-g1" --output jsonpath='{.spec.volumeName}')
  handle=$(kube get pv "$volume" --output jsonpath='{.spec.csi.volumeHandle}')
  fact 'the fork has added on disk' "$(cluster/exclusive-bytes.sh "$handle" | awk '{ printf "%.0f MB", $1 / 1e6 }'), to a source of $(size_of_source)"
}

tell_apart() {
  sql "$FORK" "INSERT INTO notes VALUES ('written to $FORK')"
  sql "$SOURCE" "INSERT INTO notes VALUES ('written to $SOURCE after the cut')"
  for name in "$SOURCE" "$FORK"; do
    fact "notes in $name" "$(sql "$name" "SELECT string_agg(note, '; ') FROM notes")"
  done
}

tell_password() {
  local fork source answer password=3 # the line of a binding, counted from 0
  mapfile -t source < <(binding "$SOURCE")
  mapfile -t fork < <(binding "$FORK")
  fork[password]=${source[password]}
  if answer=$(printf '%s\n' "${fork[@]}" | in_pod client 'exec psql -Xqc "SELECT 1" 2>&1' 2>/dev/null); then
    die "$FORK has let the password of $SOURCE in. That must never happen: please report it."
  fi
  [[ $answer == *'password authentication failed'* ]] || die "$FORK was to refuse a password, but said: $answer"
  fact "the password of $SOURCE, tried on $FORK" "${answer##*FATAL:  }"
}

make_follower() {
  local began
  if kube get pgfo "$FOLLOWER" >/dev/null 2>&1; then
    fact "PostgresFollower $FOLLOWER is there already" "$(kube get pgfo "$FOLLOWER" --output jsonpath='{.status.phase}')"
    return
  fi
  began=$(microseconds)
  kube apply --filename examples/follower.yaml >/dev/null
  wait_until_ready pgfo "$FOLLOWER"
  fact "PostgresFollower $FOLLOWER is ready" "$(since "$began")"
}

# Three measurements, as they appear in the status.
tell_lag() {
  local lag seen='' told=0
  while read -r lag; do
    [ "$lag" != "$seen" ] || continue
    seen=$lag told=$((told + 1))
    fact "$([ "$told" -gt 1 ] || echo 'under that load it is behind by')" "$lag"
    [ "$told" -lt 3 ] || break
  done < <(kube get pgfo "$FOLLOWER" --watch --request-timeout=60s --output go-template='{{with .status.lag}}{{.bytes}} bytes, {{if not .commitsExact}}~{{end}}{{.commits}} commits, {{.seconds}} s
{{end}}' 2>/dev/null)
}

# Is run in the pod client, connected as the Secret says: commits one row after the other, connects again at once when
# that breaks, and prints the second of each acknowledged row, until the file /tmp/enough is there.
# shellcheck disable=SC2016
WRITER='
rm -f /tmp/enough
until [ -e /tmp/enough ]; do
  # A statement at a time: the next one is written when the last one was acknowledged.
  coproc PSQL { exec psql -XAtq -v ON_ERROR_STOP=1 2>/dev/null; }
  to=${PSQL[1]} from=${PSQL[0]}
  until [ -e /tmp/enough ]; do
    { echo "INSERT INTO written DEFAULT VALUES RETURNING 1;" >&"$to"; } 2>/dev/null || break
    read -r -t 10 -u "$from" && echo "$EPOCHREALTIME" || break
  done
  eval "exec $to>&-" 2>/dev/null
  kill "$PSQL_PID" 2>/dev/null
  wait "$PSQL_PID" 2>/dev/null
done
exit 0'

change_over() {
  local from to=$FOLLOWER at log writer outcome acknowledged
  from=$(kube get pgdb "$SOURCE" --output jsonpath='{.status.primary}')
  [ "$from" != "$FOLLOWER" ] || to=$SOURCE
  sql "$SOURCE" 'SET client_min_messages = warning; CREATE TABLE IF NOT EXISTS written (n bigserial); TRUNCATE written'
  log=$(mktemp)
  binding "$SOURCE" | in_pod client "$WRITER" >"$log" &
  writer=$!
  background=("$writer")
  until [ "$(wc -l <"$log")" -gt 20 ]; do kill -0 "$writer" || die 'the client that writes has ended.'; sleep 0.1; done
  at=$(date --utc +%Y-%m-%dT%H:%M:%SZ)
  kube patch pgdb "$SOURCE" --type=merge --patch "{\"spec\":{\"promote\":{\"to\":\"$to\",\"at\":\"$at\"}}}" >/dev/null
  kube wait "pgdb/$SOURCE" --for="jsonpath={.status.promotion.at}=$at" --timeout=1m >/dev/null
  kube wait "pgdb/$SOURCE" --for=jsonpath='{.status.promotion.outcome}' --timeout=7m >/dev/null
  outcome=$(kube get pgdb "$SOURCE" --output jsonpath='{.status.promotion.outcome} {.status.promotion.message}')
  [[ $outcome == Done* ]] || die "the changeover from $from to $to: $outcome"
  kube exec client -- touch /tmp/enough
  wait "$writer" || true
  background=()
  fact "the primary was $from, and is" "$(kube get pgdb "$SOURCE" --output jsonpath='{.status.primary}')"
  fact 'longest time without an acknowledged write' "$(awk 'NR > 1 && $1 - last > gap { gap = $1 - last } { last = $1 } END { printf "%.1f s", gap }' "$log")"
  acknowledged=$(wc -l <"$log")
  fact 'rows acknowledged, and rows there now' "$acknowledged, $(sql "$SOURCE" 'SELECT count(*) FROM written')"
  rm "$log"
}

what_next() {
  local kubectl="$KUBECTL --kubeconfig $KUBECONFIG -n $NAMESPACE"
  chapter 'They are left running. Try next:'
  cat <<TEXT
  $kubectl get pgdb,pgf,pgfo
  $kubectl exec -it $FORK-g1-0 -- psql -U postgres app
  sed s/$FORK/pr-43/ $PWD/examples/fork.yaml | $kubectl apply -f - && $kubectl wait --for=condition=Ready pgf/pr-43
TEXT
  printf '\nThe cluster is stopped, and all of this removed, by: make cluster-down\n'
}

[ -e "$KUBECONFIG" ] || die 'There is no local cluster yet: run make demo.'
kube get crd postgresforks.pgfork.dev >/dev/null 2>&1 || die 'pgfork is not installed in the local cluster: run make demo.'

chapter 'A database'
start_clients
make_source
load_data

chapter 'A fork of it, under load'
forget_old_fork
start_load
make_fork
tell_timings
fact 'the load meanwhile, second by second' "$(transactions "$((took / 1000000 + 2))")"
tell_disk

chapter 'They are apart'
tell_apart
tell_password

chapter 'A follower, and a changeover to it'
make_follower
tell_lag
change_over

what_next
