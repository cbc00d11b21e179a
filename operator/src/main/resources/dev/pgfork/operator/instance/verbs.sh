# shellcheck shell=bash
# The verbs: each prints one JSON line; exit status 0 means done, 1 refused or failed. They may be repeated.
# A verb that changes something writes the state file, wakes PID 1, and waits until PID 1 has done it.
# Standard input is a byte count, a newline, and so many bytes; never read to its end, which a WebSocket cannot signal.

readonly patience=600   # seconds that a verb waits for PID 1
readonly awaits_step='"sanitize":\{"state":"(waiting|failed)","step":([0-9]+),"attempt":([0-9]+),'

exec 5<> <(:) # nobody writes to this pipe: `read -t` on it is a sleep without a process

done_with() {
    json_object ok: true "$@"
    printf '%s\n' "$REPLY"
}

# refuse REASON MESSAGE [NAME VALUE …]
refuse() {
    json_object ok: false reason "$1" message "$2" "${@:3}"
    printf '%s\n' "$REPLY"
    exit 1
}

# Verbs that change something go one after the other.
take_turn() { exec 6>"$run/verb.lock" && flock -w 30 6 || refuse Busy "another verb is still at work; try again"; }

# Until PID 1 owns the volume, its state file is not ours to write.
lock_owned_state() {
    local deadline=$((EPOCHSECONDS + 30)) status
    until [[ -e $state_lock ]]; do
        read_status
        [[ $status != *'"phase":"failed"'* ]] && ((EPOCHSECONDS < deadline)) ||
            refuse NotStarted "this pod has not taken its volume over; its status says why"
        read -r -t 0.02 -u 5 || :
    done
    lock_state
}

demand_epoch() {
    [[ ${1-} =~ ^[0-9]{1,15}$ ]] || refuse BadArgument "an epoch is a number"
    load_state || refuse StateUnreadable "the state file of this volume is damaged"
    (($1 >= epoch)) || refuse EpochTooLow "this instance is at epoch $epoch already, asked was $1"
}

wake() { echo wake 1<>"$control"; }

# One that has replayed more than its sender says that there is has left its leader's history, and waits for it to come by: a
# walreceiver calls that streaming. What was replayed is asked for first, because both go on.
is_streaming() {
    local answer
    answer=$(public_psql postgres -f - 2>/dev/null <<<"
        SELECT coalesce(pg_last_wal_replay_lsn(), '0/0') AS replayed \\gset
        SELECT status = 'streaming' AND coalesce(latest_end_lsn >= :'replayed', true) FROM pg_stat_wal_receiver")
    [[ $answer == t ]]
}

is_running() { read_status && [[ $status == *'"phase":"running"'* ]]; }

takes_connections() {
    pg_isready -q -h "$socket_dir" -p "$port" -t 2 && { [[ $status != *'"role":"standby"'* ]] || is_streaming; }
}

# await_ready SECONDS: to start a probe costs the node more than all that it asks. So they come seldom, and each waits for
# what is about to be: the moment at which a server gets ready is seen at once, and a short absence is none.
await_ready() {
    local deadline=$((EPOCHSECONDS + $1)) status pause
    while :; do
        pause=0.05
        if is_running; then
            if takes_connections; then return; fi
            pause=0.5
        fi
        ((EPOCHSECONDS < deadline)) || return
        read -r -t "$pause" -u 5 || :
    done
}

# await EPOCH PHASE ROLE [LEADER]: waits until PID 1 has reached them; a failure on the way is the verb's, too.
await() {
    local deadline=$((EPOCHSECONDS + patience)) status
    while :; do
        read_status
        if [[ $status == *"\"epoch\":$1,"* && $status == *"\"role\":\"$3\""* && (! ${4-} || $status == *"\"leader\":\"${4-}\""*) ]]; then
            if [[ $status == *"\"phase\":\"$2\""* ]]; then return; fi
            if [[ $status == *'"phase":"failed"'* ]]; then
                printf '%s\n' "${status/'"ok":true'/'"ok":false'}"
                exit 1
            fi
        fi
        ((EPOCHSECONDS < deadline)) || refuse Timeout "the instance is not $2 after $patience s; it goes on trying"
        read -r -t 0.02 -u 5 || :
    done
}

verb_status() {
    local deadline=$((EPOCHSECONDS + ${1:-0})) status
    read_status
    until [[ $status =~ \"phase\":\"(running|fenced|failed)\" || $status =~ $awaits_step ]] || ((EPOCHSECONDS >= deadline)); do
        read -r -t 0.02 -u 5 || :
        read_status
    done
    if [[ $status == *'"phase":"running"'*'"role":"standby"'* ]] && read_replay_demands; then status="${status%\}},\"demands\":$REPLY}"; fi
    rm -f "$run/control-data.$BASHPID"
    printf '%s\n' "$status"
}

# What a standby needs to go on from where it has replayed to. Looked up for whoever asks: it changes while the server runs.
read_replay_demands() {
    local pair demands=()
    read_control_data "$pgdata" || return
    for pair in "${replay_limits[@]}"; do
        [[ ${control_data[${pair#*:}]} =~ ^[0-9]+$ ]] || return
        demands+=("${pair%%:*}:" "${control_data[${pair#*:}]}")
    done
    json_object "${demands[@]}"
}

# verb_sanitize OWNER|SUPERUSER TRANSACTION SECONDS HASH STEP DATABASE: hands the next sanitize step to the private phase,
# and answers once that has begun it. Standard input: for each statement a line `LINE BYTES`, and so many bytes.
verb_sanitize() {
    local count status attempt deadline=$((EPOCHSECONDS + 30)) next=$handed_step.$BASHPID
    take_turn
    (($# == 6)) && [[ "$1 $2 $3 $4 $5" =~ ^(owner|superuser)\ (yes|no)\ [1-9][0-9]{0,5}\ [0-9a-f]{64}\ [0-9]{1,3}$ && $6 != *$'\n'* ]] ||
        refuse BadArgument "sanitize needs owner or superuser, whether in a transaction, seconds, a SHA-256, the step, a database"
    read_status
    [[ $status =~ $awaits_step && ${BASH_REMATCH[2]} == "$5" && ! -e $handed_step ]] || refuse NotWaiting "this instance does not wait for sanitize step $5"
    attempt=${BASH_REMATCH[3]}
    read -r count && [[ $count =~ ^[0-9]{1,8}$ ]] || refuse BadInput "the first line must be the number of bytes that follow"
    mkdir "$next" && head -c "$count" | unpack_statements "$next" && printf '%s %s %s %s %s\n' "$1" "$2" "$3" "$4" "$6" >"$next/settings" &&
        mv -T "$next" "$handed_step" || { rm -rf "$next" && refuse BadInput "the statements of the step are not complete"; }
    while [[ $status == *"\"attempt\":$attempt,"* ]]; do
        ((EPOCHSECONDS < deadline)) || refuse Timeout "the step has not begun after 30 s"
        read -r -t 0.02 -u 5 || :
        read_status
    done
    done_with
}

# unpack_statements FOLDER: a file for each statement, called by its number, and the lines that they begin at in `lines`.
unpack_statements() {
    local line bytes number=0
    while read -r line bytes; do
        number=$((number + 1))
        [[ $line =~ ^[0-9]{1,7}$ && $bytes =~ ^[0-9]{1,8}$ ]] && head -c "$bytes" >"$1/$number" && (($(stat -c %s "$1/$number") == bytes)) || return
        echo "$line" >>"$1/lines"
    done
    ((number > 0))
}

verb_fence() {
    take_turn
    lock_owned_state
    demand_epoch "${1-}"
    # Who follows has been told so after the fence of its epoch: this one has been on its way for too long.
    [[ $role != standby ]] || (($1 > epoch)) || refuse AlreadyFollows "this instance follows in epoch $1 already"
    if [[ "$role $epoch" != "fenced $1" ]]; then write_state fenced "$1" "$opened_by" "$leader" || refuse VolumeUnwritable "the state file cannot be written"; fi
    unlock_state
    wake
    await "$1" fenced fenced
    local data='null'
    if read_control_data "$pgdata"; then
        json_object state "${control_data['Database cluster state']}" \
            checkpoint "${control_data['Latest checkpoint location']}" \
            redo "${control_data["Latest checkpoint's REDO location"]}" \
            timeline: "${control_data["Latest checkpoint's TimeLineID"]}" \
            systemIdentifier "${control_data['Database system identifier']}"
        data=$REPLY
    fi
    done_with controldata: "$data"
}

verb_unfence() {
    take_turn
    lock_owned_state
    demand_epoch "${1-}"
    case $role in
        fenced)
            [[ ! -e $pgdata/standby.signal && ! $leader ]] || refuse NotAPrimary "this instance was a standby when it was fenced; promote it instead"
            write_state primary "$1" "$opened_by" '' || refuse VolumeUnwritable "the state file cannot be written"
            ;;
        # The fence that is given up has not come yet: it is refused when it does.
        primary) (($1 == epoch)) || write_state primary "$1" "$opened_by" '' || refuse VolumeUnwritable "the state file cannot be written" ;;
        *) refuse NotFenced "this instance is a $role" ;;
    esac
    unlock_state
    wake
    await "$1" running primary
    done_with
}

verb_promote() {
    take_turn
    lock_owned_state
    demand_epoch "${1-}"
    case $role in
        standby)
            # One that is being prepared has not begun its recovery: it could not say on which timeline it ends it.
            is_running || refuse NotRunning "this standby does not run yet; ask again when it does"
            write_state primary "$1" "$self" '' || refuse VolumeUnwritable "the state file cannot be written"
            ;;
        primary) (($1 == epoch)) || refuse NotAStandby "this instance is a primary at epoch $epoch" ;;
        *) refuse NotAStandby "this instance is $role" ;;
    esac
    unlock_state
    wake
    await "$1" running primary
    local timeline
    timeline=$(public_psql postgres -c 'SELECT pg_is_in_recovery(), substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)' 2>/dev/null) ||
        refuse NotAnswering "the promoted instance does not answer"
    done_with timeline: "$((16#${timeline#f|}))"
}

# Waits for a line with a verb and its epoch, and does that as if it had been called with them: a process takes long to
# start where every moment counts. `heard` says that the line has come. Until then nothing is held, read or changed.
verb_listen() {
    local verb argument
    [[ ${1-} =~ ^[0-9]{1,3}$ ]] || refuse BadArgument "listen needs a number of seconds"
    read -r -t "$1" verb argument || refuse NothingAsked "no verb came within $1 s"
    [[ $verb == fence || $verb == promote ]] || refuse BadInput "only fence and promote can be asked for in this way"
    echo heard
    verb_"$verb" "$argument"
}

# Whoever was opened before must go through quarantine again to be independent: following clears who opened it.
verb_follow() {
    local count host
    take_turn
    read -r count && [[ $count =~ ^[0-9]{1,3}$ ]] || refuse BadInput "the first line must be the number of bytes that follow"
    read -r -N "$count" host
    [[ $host =~ $leader_pattern ]] || refuse BadInput "a leader is the name of a host"
    [[ -s $roles/replication.password && ${PGFORK_SLOT-} ]] || refuse NoReplicationPassword "this pod has no slot or no replication password"
    lock_owned_state
    demand_epoch "${1-}"
    [[ $role != primary ]] || refuse NotFenced "this instance is a primary; fence it first"
    [[ -s $pgdata/PG_VERSION ]] || refuse NotADatabase "the volume holds no database that could follow"
    if [[ "$role $epoch $leader" != "standby $1 $host" ]]; then
        write_state standby "$1" '' "$host" || refuse VolumeUnwritable "the state file cannot be written"
    fi
    unlock_state
    wake
    await "$1" running standby "$host"
    done_with leader "$host"
}

# --- reload -----------------------------------------------------------------------------------------------------------

verb_reload() {
    local count bundle
    take_turn
    read -r count && [[ $count =~ ^[0-9]{1,7}$ ]] || refuse BadInput "the first line must be the number of bytes that follow"
    read -r -N "$count" bundle
    ((${#bundle} == count)) || refuse BadInput "got ${#bundle} of $count bytes"
    local old new
    old=$(readlink "$conf") || refuse NotStarted "the instance has not started yet"
    new=$conf.$((${old##*.} + 1))
    rm -rf "$new" && mkdir "$new" && cp "$old"/* "$new/" || refuse RunFolderUnwritable "no room for the new configuration"
    unpack "$bundle" "$new"
    check_rejected "$new"
    check_parameters "$new"
    use_configuration "$new"
    if is_running; then
        if [[ $(public_psql postgres -c 'SELECT count(*) FROM pg_hba_file_rules WHERE error IS NOT NULL') != 0 ]]; then
            use_configuration "$old"
            refuse ConfigurationRejected "pg_hba.conf has errors; the old configuration stays in use"
        fi
    fi
    pg_ctl reload -s -D "$pgdata" 2>/dev/null || : # a server that is down reads it when it starts
    rm -rf "$old"
    wake # the status says which configuration is in use; a server that is down may start with this one
    done_with
}

# unpack BUNDLE FOLDER: files as `NAME BYTES`, a newline, and so many bytes.
unpack() {
    local rest=$1 name bytes seen=' '
    while [[ $rest ]]; do
        [[ $rest == *$'\n'* ]] || refuse BadInput "a file's header is incomplete"
        read -r name bytes <<<"${rest%%$'\n'*}"
        rest=${rest#*$'\n'}
        [[ " ${configuration_names[*]} " == *" $name "* && $seen != *" $name "* && $bytes =~ ^[0-9]{1,7}$ ]] && ((bytes <= ${#rest})) ||
            refuse BadInput "the bundle may hold each of ${configuration_names[*]} once, with its length"
        printf '%s' "${rest:0:bytes}" >"$2/$name"
        rest=${rest:bytes}
        seen+="$name "
    done
}

# The server has been started with that one, and did not open.
check_rejected() {
    local rejected
    read_revision "$1/postgresql.conf"
    if { read -r rejected <"$rejected_file"; } 2>/dev/null && [[ $REPLY && $rejected == "{\"revision\":\"$REPLY\","* ]]; then
        rm -rf "$1"
        refuse_rejected "$rejected"
    fi
}

# refuse_rejected OBJECT: with the server's own words.
refuse_rejected() {
    local words=${1#*\"message\":}
    json_object ok: false reason ConfigurationRejected message: "${words%\}}"
    printf '%s\n' "$REPLY"
    exit 1
}

check_parameters() {
    local errors
    [[ ! -e $pgdata/PG_VERSION ]] || errors=$(postgres -C port -D "$pgdata" --config_file="$1/postgresql.conf" 2>&1 >/dev/null) ||
        refuse ConfigurationRejected "postgresql.conf has errors; the old configuration stays in use: ${errors%%$'\n'*}"
}

use_configuration() { ln -sfn "$1" "$conf.new" && mv -fT "$conf.new" "$conf"; }

# --- restart ----------------------------------------------------------------------------------------------------------

# verb_restart START: ends the server that was started as START, and starts it again with the configuration in use. If another one runs
# already, that has been done. PID 1 goes on with it when nobody waits any more.
verb_restart() {
    local deadline=$((EPOCHSECONDS + patience)) status wanted
    # A stop writes all that is in memory, and nobody can connect meanwhile: what can be written before is. Before it takes its turn: a
    # fence must not wait for it.
    public_psql postgres -c CHECKPOINT >/dev/null 2>&1 || :
    take_turn
    [[ ${1-} =~ ^[0-9]+\.[0-9]+/[0-9a-z]*$ ]] || refuse BadArgument "restart needs the start of the server that is to end"
    read_revision "$conf/postgresql.conf"
    wanted=$REPLY
    is_running || refuse NotRunning "the server is not running"
    if [[ $status == *"\"start\":\"$1\""* ]]; then
        printf '%s\n' "$1" >"$restart_file.new" && mv -f "$restart_file.new" "$restart_file" || refuse RunFolderUnwritable "$run cannot be written"
        wake
    fi
    exec 6>&- # a fence must not wait for a server that takes long to start
    until [[ $status == *'"phase":"running"'* && $status != *"\"start\":\"$1\""* ]]; do
        [[ $status != *'"phase":"fenced"'* ]] || refuse NotRunning "the instance has been fenced meanwhile"
        if [[ $status == *'"phase":"failed"'* ]]; then
            printf '%s\n' "${status/'"ok":true'/'"ok":false'}"
            exit 1
        fi
        ((EPOCHSECONDS < deadline)) || refuse Timeout "the server is not running again after $patience s; it goes on trying"
        read -r -t 0.02 -u 5 || :
        read_status
    done
    if [[ $status == *"\"rejected\":{\"revision\":\"$wanted\","* ]]; then
        read -r status <"$rejected_file"
        refuse_rejected "$status"
    fi
    done_with
}

# --- sql --------------------------------------------------------------------------------------------------------------

verb_sql() {
    local count output errors
    [[ ${1-} ]] || refuse BadArgument "sql needs a database"
    is_running || refuse NotRunning "the server is not running"
    read -r count && [[ $count =~ ^[0-9]{1,9}$ ]] || refuse BadInput "the first line must be the number of bytes that follow"
    errors=$(mktemp "$run/sql.XXXXXX")
    if output=$(head -c "$count" | public_psql "$1" -f - 2>"$errors"); then
        rm -f "$errors"
        done_with output "$output"
        return
    fi
    local text
    text=$(<"$errors")
    rm -f "$errors"
    if [[ $text =~ \<stdin\>:([0-9]+):\ [A-Z]+:\ +([0-9A-Z]{5}) ]]; then
        refuse SqlFailed "the statement that ends at line ${BASH_REMATCH[1]} failed" sqlstate "${BASH_REMATCH[2]}" line: "${BASH_REMATCH[1]}"
    fi
    refuse SqlFailed "the server did not let psql in: ${text##*: }"
}

# public_psql DATABASE [ARGUMENT …]: the name is quoted, or psql takes one with a `=` for a connection string.
public_psql() {
    local name=${1//\\/\\\\}
    session_options "$pgdata" statement_timeout="${PGFORK_SQL_TIMEOUT:-30s}"
    PGOPTIONS=$REPLY PGCLIENTENCODING=UTF8 psql -X -q -A -t -w -h "$socket_dir" -p "$port" -U postgres \
        -d "dbname='${name//\'/\\\'}'" -v ON_ERROR_STOP=1 -v VERBOSITY=sqlstate "${@:2}"
}
