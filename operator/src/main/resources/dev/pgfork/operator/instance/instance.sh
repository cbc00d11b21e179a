#!/bin/bash
# shellcheck source-path=SCRIPTDIR
#
# The instance script. It is PID 1 of every Postgres pod (`instance.sh run`), where it supervises the postmaster and
# outlives it, and it is what the operator and the probes call by exec (`instance.sh VERB …`).
# docs/instance-contract.md says what it promises.
#
#   instance.sh    settings, JSON, the state file, and the choice of what to do
#   supervise.sh   PID 1: one loop that makes the postmaster be what the state file says
#   serve.sh       the public server, from its start to its end
#   trial.sh       a configuration that the server does not start with is taken back
#   space.sh       how much of the volume is left
#   private.sh     what happens before a primary opens for the first time: bootstrap, or quarantine of a copied volume
#   sanitize.sh    the sanitize steps of a fork, and the removal of what they replaced
#   follow.sh      what a standby needs to follow its leader
#   verbs.sh       status, sanitize, fence, unfence, promote, listen, follow, reload, restart, sql
#   *.sql          what bootstrap, quarantine and sanitizing do inside Postgres
#
# This file, supervise.sh, serve.sh, trial.sh, space.sh and follow.sh run in PID 1, which has traps. There, no $(…) and no <(…): bash 5.2 loses its place when a
# trap comes while it expands one ("unexpected EOF while looking for matching `)'"). Functions leave results in REPLY.

# First of all: the kernel drops a TERM that reaches a PID 1 which has no handler yet.
if [[ ${1-} == run ]]; then trap 'stop_requested=1' TERM INT; fi
stop_requested=0

set -u -o pipefail
umask 077
export LC_ALL=C

# --- Where things are -------------------------------------------------------------------------------------------------

readonly root=${PGFORK_ROOT:-/pgfork}
readonly scripts=$root/script tls=$root/tls roles=$root/roles
readonly volume=$root/volume
readonly pgdata=$volume/pgdata new_pgdata=$volume/pgdata.new state_file=$volume/state spare_file=$volume/spare
readonly run=$root/run
readonly leader_conf=$run/leader.conf leader_pass=$run/leader.pass
readonly conf=$run/conf private=$run/private status_file=$run/status control=$run/control heartbeat_file=$run/heartbeat sanitize_file=$run/sanitize handed_step=$run/step state_lock=$run/state.lock
readonly restart_file=$run/restart rejected_file=$run/rejected
readonly socket_dir=${PGFORK_SOCKET_DIR:-/var/run/postgresql} port=${PGFORK_PORT:-5432}
readonly self=${PGFORK_UID:?}/${PGFORK_GENERATION:?}
readonly leader_pattern='^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[0-9]{1,5})?$' # a host, and in tests a port
readonly configuration_names=(postgresql.conf pg_hba.conf tls.crt tls.key ca.crt)

# Debian keeps the server's programs off the default PATH, and has wrappers in Perl of psql and pg_isready on it, which
# cost 50 ms a call: the folder of the server comes first.
command -v postgres >/dev/null || for bin in /usr/lib/postgresql/*/bin; do PATH=$bin:$PATH; done
if hash postgres 2>/dev/null; then PATH=${BASH_CMDS[postgres]%/*}:$PATH; fi

# --- JSON -------------------------------------------------------------------------------------------------------------

# json_string TEXT: leaves the JSON string in REPLY.
json_string() {
    local text=$1
    text=${text//\\/\\\\}
    text=${text//\"/\\\"}
    text=${text//$'\n'/\\n}
    text=${text//$'\r'/\\r}
    text=${text//$'\t'/\\t}
    REPLY=\"${text//[[:cntrl:]]/?}\"
}

# json_object NAME VALUE …: leaves an object in REPLY. The value of a NAME that ends in a colon is JSON already; that of
# a NAME that ends in a question mark is null if it is empty.
json_object() {
    local object='' name value
    while (($#)); do
        name=$1 value=$2
        case $name in
            *:) ;;
            *\?) if [[ $value ]]; then json_string "$value" && value=$REPLY; else value=null; fi ;;
            *) json_string "$value" && value=$REPLY ;;
        esac
        name=${name%[:?]}
        object+=,\"$name\":$value
        shift 2
    done
    REPLY="{${object#,}}"
}

# --- The state file ---------------------------------------------------------------------------------------------------
# Who this volume belongs to and what role it has. It survives every pod, and it beats the pod template unless the
# template knows of a later epoch.

# Reads the state file into the array `filed`. 0: read; 1: there is none; 2: it is torn.
read_state_file() {
    filed=()
    [[ -e $state_file ]] || return 1
    local text='' body key value
    read -r -d '' text <"$state_file"
    [[ $text == *$'\n'sum=* ]] || return 2
    body=${text%$'\n'sum=*}
    checksum "$body"
    [[ ${text##*$'\n'sum=} == "$REPLY" ]] || return 2
    while IFS='=' read -r key value; do filed[${key:-_}]=$value; done <<<"$body"
    [[ ${filed[role]-} =~ ^(primary|standby|fenced)$ && ${filed[epoch]-} =~ ^[0-9]+$ && -v filed[uid] &&
        -v filed[generation] && -v filed[opened_by] ]] || return 2
}

# checksum TEXT: FNV-1a with 32 bits; enough to notice a torn file, and no process.
checksum() {
    local -i sum=2166136261 code position
    for ((position = 0; position < ${#1}; position++)); do
        printf -v code %d "'${1:position:1}"
        sum=$(((sum ^ code & 255) * 16777619 & 16#ffffffff))
    done
    printf -v REPLY %08x "$sum"
}

# Sets role, epoch, opened_by and leader from the state file and the pod template; fails if the file is torn.
# volume_is: `ours`, `new` (no state file) or `foreign` (the volume is a copy of another instance's).
load_state() {
    read_state_file
    case $? in
        0) volume_is=ours ;;
        1) volume_is=new ;;
        *) return 1 ;;
    esac
    if [[ $volume_is == ours && ${filed[uid]}/${filed[generation]} != "$self" ]]; then volume_is=foreign; fi
    role=$PGFORK_ROLE epoch=$PGFORK_EPOCH opened_by='' leader=${PGFORK_LEADER-}
    if [[ $volume_is == ours ]]; then
        opened_by=${filed[opened_by]}
        if ((filed[epoch] >= PGFORK_EPOCH)) || waits_for_promotion; then
            role=${filed[role]} epoch=${filed[epoch]} leader=${filed[leader]:-$leader}
        fi
    fi
    if [[ $role == primary || $role == fenced && $volume_is != ours ]]; then leader=''; fi
    if [[ $role == fenced && $volume_is == ours ]]; then leader=${filed[leader]-}; fi
}

# A pod template alone makes no primary of what follows a leader: only the verb `promote` does, which the operator calls
# when the old primary is fenced. One that is to be independent of its leader has a cut to prove.
waits_for_promotion() {
    [[ $PGFORK_ROLE == primary && ! ${PGFORK_CUT_LSN-} ]] && [[ ${filed[role]} == standby || ${filed[leader]-} ]]
}

# write_state ROLE EPOCH OPENED_BY LEADER: durable when it returns, and never half there. On a volume without a byte left
# the spare file makes room: a full primary can be fenced, too.
write_state() {
    local body
    printf -v body 'uid=%s\ngeneration=%s\nrole=%s\nepoch=%s\nopened_by=%s\nleader=%s' \
        "$PGFORK_UID" "$PGFORK_GENERATION" "$1" "$2" "$3" "$4"
    checksum "$body"
    printf -v body '%s\nsum=%s\n' "$body" "$REPLY"
    put_state "$body" || { [[ -e $spare_file ]] && rm -f "$spare_file" && sync "$volume" && put_state "$body"; }
}

put_state() {
    printf '%s' "$1" >"$state_file.new" &&
        sync "$state_file.new" &&
        mv -f "$state_file.new" "$state_file" &&
        sync "$volume"
}

# Held around reading, deciding and writing: PID 1 and a verb both do that.
lock_state() { exec 7>>"$state_lock" && flock 7; }
unlock_state() { exec 7>&-; }

# --- The cluster ------------------------------------------------------------------------------------------------------

# read_control_data DIRECTORY: fills the array `control_data` by the names that pg_controldata prints.
read_control_data() {
    local name value output=$run/control-data.$BASHPID
    control_data=()
    pg_controldata -D "$1" >"$output" 2>/dev/null || return 1
    while IFS=: read -r name value; do control_data[$name]=${value#"${value%%[! ]*}"}; done <"$output"
    [[ -v control_data['Database system identifier'] ]]
}

# NAME:NAME IN THE CONTROL FILE. Of a standby that one has what its primary had at the point that it has replayed to.
readonly replay_limits=(
    'max_connections:max_connections setting' 'max_worker_processes:max_worker_processes setting'
    'max_wal_senders:max_wal_senders setting' 'max_prepared_transactions:max_prepared_xacts setting'
    'max_locks_per_transaction:max_locks_per_xact setting'
)

# read_switch_point TIMELINE: leaves in REPLY where that timeline's ancestry left the source's timeline, if it did.
read_switch_point() {
    local history parent point
    REPLY=
    printf -v history '%s/pg_wal/%08X.history' "$pgdata" "$1"
    [[ -e $history ]] || return 0
    while read -r parent point _; do
        if [[ $parent == "${PGFORK_SOURCE_TIMELINE-}" ]]; then REPLY=$point; fi
    done <"$history"
}

# postmaster_says DIRECTORY PID: leaves in REPLY what that postmaster says of itself: starting, ready, standby, stopping,
# or nothing. This is what pg_ctl reads, without its process and its pauses of 100 ms.
postmaster_says() {
    local lines=()
    REPLY=
    { mapfile -t lines <"$1/postmaster.pid"; } 2>/dev/null
    if ((${#lines[@]} > 7)) && [[ ${lines[0]} == "$2" ]]; then REPLY=${lines[7]%% *}; fi
}

# has_version DIRECTORY MAJOR: that major version or a later one.
has_version() {
    local version
    read -r version <"$1/PG_VERSION" && ((version >= $2))
}

# read_revision FILE: leaves in REPLY which configuration a postgresql.conf is.
read_revision() {
    local name value found=''
    while IFS=' =' read -r name value; do
        if [[ $name == pgfork.revision ]]; then found=${value//\'/}; fi
    done <"$1"
    REPLY=$found
}

# read_status: leaves PID 1's status, one line of JSON, in `status`.
read_status() { { read -r status <"$status_file"; } 2>/dev/null || status='{"ok":true,"phase":"starting"}'; }

# session_options DIRECTORY [NAME=VALUE …]: PGOPTIONS that no SET of a role or a database can break or steer.
session_options() {
    local options=(
        session_preload_libraries= local_preload_libraries= search_path=pg_catalog role=none
        default_transaction_read_only=off default_transaction_deferrable=off default_transaction_isolation='read\ committed'
        row_security=off idle_in_transaction_session_timeout=0 idle_session_timeout=0 lock_timeout=0
        client_min_messages=error standard_conforming_strings=on default_tablespace= temp_tablespaces=
        log_statement=none log_min_duration_statement=-1 log_min_messages=fatal log_min_error_statement=panic log_duration=off
    )
    if has_version "$1" 17; then options+=(transaction_timeout=0 event_triggers=off); fi
    options+=("${@:2}")
    printf -v REPLY ' -c %s' "${options[@]}"
}

# --- What to do -------------------------------------------------------------------------------------------------------

declare -A filed control_data

case ${1-} in
    run)
        # shellcheck source=supervise.sh
        source "$scripts/supervise.sh"
        # shellcheck source=serve.sh
        source "$scripts/serve.sh"
        # shellcheck source=trial.sh
        source "$scripts/trial.sh"
        # shellcheck source=space.sh
        source "$scripts/space.sh"
        # shellcheck source=private.sh
        source "$scripts/private.sh"
        # shellcheck source=sanitize.sh
        source "$scripts/sanitize.sh"
        # shellcheck source=follow.sh
        source "$scripts/follow.sh"
        supervise
        ;;
    alive)
        # PID 1 notes the uptime at every turn of its loop, at least once a second.
        read -r now _ </proc/uptime
        { read -r beat <"$heartbeat_file"; } 2>/dev/null || beat=0
        ((${now%.*} - ${beat%.*} <= 30))
        ;;
    ready)
        # shellcheck source=verbs.sh
        source "$scripts/verbs.sh"
        await_ready "${2:-0}"
        ;;
    status | sanitize | fence | unfence | promote | listen | follow | reload | restart | sql)
        # shellcheck source=verbs.sh
        source "$scripts/verbs.sh"
        verb_"$1" "${@:2}"
        ;;
    *)
        echo "usage: instance.sh run | alive | ready [SECONDS] | status [SECONDS] | sanitize ROLE TRANSACTION SECONDS HASH STEP DATABASE | fence EPOCH | unfence EPOCH | promote EPOCH | listen SECONDS | follow EPOCH | reload | restart START | sql DATABASE" >&2
        exit 2
        ;;
esac
