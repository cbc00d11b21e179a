# shellcheck shell=bash
# The sanitize steps: SQL of the data's owner and of the fork's, which changes a fork's data while nobody can reach it yet.
# The operator brings each step by the verb `sanitize`; here it is run, in the private phase, and the volume remembers what
# has been done: nothing opens before all PGFORK_SANITIZE steps are on record.
#
# No text of a step is ever read by psql as a script: psql fetches each statement from a file into a variable and sends it
# to the server as it is, so that no command of psql (\!, \connect) can be among them. A step of the owner runs in a session
# that was opened as the owner: it has no superuser to go back to.

readonly ledger=$volume/sanitized
readonly cleaning_limit=86400 # seconds for the cleaning of one database: as long as a step may take

sanitize() {
    local wanted=${PGFORK_SANITIZE:-0} demanded=0 cleaned=no
    local state=waiting attempt=0 step_role transaction limit digest='' database sqlstate='' line='' message=''
    read_ledger || demanded=$wanted
    # What was demanded at the first start holds, whatever a later pod template says.
    ((demanded <= wanted)) || fail SanitizeFailed "the pod template asks for $wanted sanitize steps, the volume for $demanded"
    ((wanted > 0)) || return 0
    begin sanitize
    rm -rf "$handed_step" "$handed_step".*
    demanded=$wanted
    write_ledger
    settle_begun_step
    while ((${#finished[@]} < wanted)); do
        clean_up_between
        await_step
        if run_step; then state=waiting; else state=failed; fi
        rm -rf "$handed_step.running"
    done
    publish_sanitize cleaning
    make_harmless # a superuser's step may have let somebody in
    clean_up_after_steps
    publish_sanitize done
}

# --- What is on record ------------------------------------------------------------------------------------------------
# The ledger: whose it is; `demanded NUMBER` of steps; a line `HASH SECONDS` for each step that is done; `prepared OID` for each database that a step
# was begun in; last, perhaps, `begun OID TRANSACTION HASH`.

# Fills finished, prepared and begun; fails if there is no ledger of this instance.
read_ledger() {
    local owner='' kind rest
    finished=() prepared_databases=' ' begun='' partial=false
    { read -r owner <"$ledger"; } 2>/dev/null && [[ $owner == "$self" ]] || return
    while read -r kind rest; do
        case $kind in
            "$self") ;;
            demanded) demanded=$rest ;;
            prepared) prepared_databases+="$rest " ;;
            begun) begun=$rest ;;
            *) finished+=("$kind $rest") ;;
        esac
    done <"$ledger"
}

write_ledger() {
    local oid
    {
        printf '%s\n' "$self" "demanded $demanded" "${finished[@]}"
        for oid in $prepared_databases; do printf 'prepared %s\n' "$oid"; done
        if [[ $begun ]]; then printf 'begun %s\n' "$begun"; fi
    } >"$ledger.new" && sync "$ledger.new" && mv -f "$ledger.new" "$ledger" && sync "$volume" ||
        fail VolumeUnwritable "the record of sanitize steps cannot be written to the volume"
}

# note_finished SECONDS HASH
note_finished() { finished+=("$2 $1") && begun='' partial=false && write_ledger; }

# A step that was under way when this instance ended: what its own transaction wrote says whether it was committed.
settle_begun_step() {
    [[ $begun ]] || return 0
    local oid seconds=''
    read -r oid transaction digest <<<"$begun"
    if database=$(superuser_psql postgres -c "SELECT datname FROM pg_database WHERE oid = $oid" 2>/dev/null) && [[ $database ]]; then
        seconds=$(recorded_seconds) || seconds=''
    fi
    if [[ $seconds ]]; then note_finished "$seconds" "$digest"; elif [[ $transaction == no ]]; then partial=true; fi
}

recorded_seconds() {
    superuser_psql "$database" -c "SELECT seconds FROM pgfork_sanitize.done WHERE step = $((${#finished[@]} + 1))" 2>/dev/null
}

# publish_sanitize STATE: what the verb `status` shows. This and read_ledger run in PID 1, too: no $(…).
publish_sanitize() {
    local entry done_steps=''
    for entry in "${finished[@]}"; do
        json_object hash "${entry% *}" seconds: "${entry#* }"
        done_steps+=,$REPLY
    done
    json_object state "$1" step: "$((${#finished[@]} + 1))" attempt: "${attempt:-0}" partial: "$partial" hash? "${digest-}" \
        sqlstate? "${sqlstate-}" line: "${line:-null}" message? "${message-}" done: "[${done_steps#,}]"
    printf '%s\n' "$REPLY" >"$sanitize_file.new" && mv -f "$sanitize_file.new" "$sanitize_file"
    echo wake >&8
}

# --- One step ---------------------------------------------------------------------------------------------------------

await_step() {
    publish_sanitize "$state"
    until [[ -e $handed_step ]]; do
        kill -0 "$postmaster" 2>/dev/null || fail PrivatePhaseFailed "the private server ended while it waited for a sanitize step"
        read -r -t 0.05 -u 5 || :
    done
    mv "$handed_step" "$handed_step.running"
    # The database is last: its name may be anything.
    IFS=' ' read -r step_role transaction limit digest database <"$handed_step.running/settings"
    attempt=$((attempt + 1)) sqlstate='' line='' message=''
    publish_sanitize running
}

# Whatever a step has left running must not go on beside what comes next.
end_sessions() {
    superuser_psql postgres -c "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()" >/dev/null 2>&1
}

run_step() {
    local errors seconds oid fresh=yes everything=no number=$((${#finished[@]} + 1))
    end_sessions
    if ! oid=$(superuser_psql "$database" -c 'SELECT oid FROM pg_database WHERE datname = current_database()' 2>/dev/null); then
        message='its database does not exist, or takes no connections'
        return 1
    fi
    if [[ $prepared_databases == *" $oid "* ]]; then fresh=no; fi
    if [[ $transaction == no ]]; then everything=yes; fi
    if ! errors=$(superuser_psql "$database" -v fresh="$fresh" -v everything="$everything" -v owner="$PGFORK_OWNER" \
        -f "$scripts/sanitize-prepare.sql" 2>&1 >/dev/null); then
        describe_failure "$errors"
        return 1
    fi
    if [[ $fresh == yes ]]; then prepared_databases+="$oid "; fi
    begun="$oid $transaction $digest" && write_ledger
    write_script
    if ! errors=$(step_psql -v step="$number" -v transaction="$transaction" -f "$scripts/sanitize-begin.sql" \
        -f "$handed_step.running/script" -f "$scripts/sanitize-record.sql" 2>&1 >/dev/null | tail -c 4096); then
        # Its connection may have broken after the commit.
        end_sessions
        if seconds=$(recorded_seconds) && [[ $seconds ]]; then note_finished "$seconds" "$digest" && return; fi
        describe_failure "$errors"
        [[ $transaction == yes ]] || partial=true
        return 1
    fi
    if ! seconds=$(recorded_seconds) || [[ ! $seconds ]]; then
        message='it did not run to its end in the transaction that it was begun in'
        partial=true
        return 1
    fi
    note_finished "$seconds" "$digest"
}

# One line for each statement, so that the line of an error tells which one it was.
write_script() {
    local number=0 statement=$handed_step.running
    while read -r _; do
        number=$((number + 1))
        # shellcheck disable=SC2016 # the backticks are psql's
        printf '\\set statement `cat %s` \\\\ SET statement_timeout = %s; SELECT :'\''statement'\'' \\gexec\n' \
            "$statement/$number" "${limit}000"
    done <"$statement/lines" >"$statement/script"
    echo '\set complete yes' >>"$statement/script"
}

# describe_failure ERRORS: leaves sqlstate, line and message; never text that the server wrote.
describe_failure() {
    local lines=()
    if [[ $1 =~ .*/script:([0-9]+):\ [^:]+:\ +([0-9A-Z]{5}) ]]; then
        sqlstate=${BASH_REMATCH[2]}
        mapfile -t lines <"$handed_step.running/lines"
        line=${lines[BASH_REMATCH[1] - 1]-}
    elif [[ $1 =~ .*/(sanitize-[a-z]+\.sql):[0-9]+:\ [^:]+:\ +([0-9A-Z]{5}) ]]; then
        sqlstate=${BASH_REMATCH[2]}
        if [[ ${BASH_REMATCH[1]} == sanitize-record.sql ]]; then message='at its end, when what it did was to be committed'; fi
    elif [[ $1 == *'connection to server'*' failed'* ]]; then
        message='its role may not connect to its database'
    else
        message='its connection broke'
    fi
    if [[ $sqlstate == 57014 ]]; then message="it took longer than $limit s"; fi
}

# --- Afterwards -------------------------------------------------------------------------------------------------------

# What the source's steps replaced is no business of the fork's own: old statistics would tell it.
clean_up_between() {
    if [[ $cleaned == yes ]] || ((${#finished[@]} == 0 || ${#finished[@]} != ${PGFORK_SANITIZE_SOURCE:-0})); then return 0; fi
    publish_sanitize cleaning
    clean_up_after_steps
    prepared_databases=' ' cleaned=yes
    write_ledger
    begin sanitize
}

# What the steps replaced is still there in dead rows, in statistics, in WAL and in files beside the tables.
clean_up_after_steps() {
    local names errors
    begin cleaning
    names=$(superuser_psql postgres -c "SELECT datname FROM pg_database WHERE datallowconn AND datconnlimit <> -2 AND datname !~ E'\\n' ORDER BY oid") ||
        fail SanitizeFailed "the private server could not be asked for its databases"
    while IFS= read -r database; do
        errors=$(superuser_psql "$database" -f "$scripts/sanitize-clean.sql" 2>&1 >/dev/null) || fail_in_cleaning "$errors"
    done <<<"$names"
    errors=$(superuser_psql postgres -c 'SELECT pg_switch_wal()' -c CHECKPOINT 2>&1 >/dev/null) || fail_in_cleaning "$errors"
}

fail_in_cleaning() {
    [[ $1 =~ :([0-9]+):\ [^:]+:\ +([0-9A-Z]{5}) ]] || fail SanitizeFailed "the private server could not be cleaned"
    fail SanitizeFailed "what the sanitize steps replaced could not be removed" "${BASH_REMATCH[2]}"
}

# Query texts and logs of the source's server; counters that are wrong anyway. The server has stopped.
remove_files_of_server() {
    ((${PGFORK_SANITIZE:-0} == 0)) ||
        rm -rf "$pgdata"/{pg_stat,pg_stat_tmp}/* "$pgdata"/{log,pg_log,current_logfiles} ||
        fail VolumeUnwritable "logs and statistics of the source cannot be removed from the volume"
}

# --- Sessions ---------------------------------------------------------------------------------------------------------

superuser_psql() {
    session_options "$directory" statement_timeout="${cleaning_limit}s" synchronous_commit=on
    PGOPTIONS=$REPLY sanitizing_psql "$cleaning_limit" postgres "$@"
}

# step_psql ARGUMENT …: the session of a step. A superuser's sees pg_catalog only; the owner's what the application sees.
step_psql() {
    local user=postgres options=(
        role=none default_transaction_read_only=off default_transaction_deferrable=off default_transaction_isolation='read\ committed'
        row_security=off idle_in_transaction_session_timeout=0 idle_session_timeout=0 lock_timeout=0 client_min_messages=error
        standard_conforming_strings=on default_tablespace= temp_tablespaces= local_preload_libraries=
    )
    local settings=(synchronous_commit=on client_connection_check_interval=1s statement_timeout="${limit}s")
    if [[ $step_role == superuser ]]; then
        session_options "$directory" "${settings[@]}"
    else
        user=$PGFORK_OWNER
        if has_version "$directory" 17; then options+=(transaction_timeout=0); fi
        printf -v REPLY ' -c %s' "${options[@]}" "${settings[@]}"
    fi
    PGOPTIONS=$REPLY sanitizing_psql "$limit" "$user" "$database" "$@"
}

# sanitizing_psql SECONDS USER DATABASE ARGUMENT …: ends after that time even if the server does not answer.
sanitizing_psql() {
    local name=${3//\\/\\\\}
    PGCLIENTENCODING=UTF8 PGCONNECT_TIMEOUT=10 timeout --foreground -s INT -k 10 "$1" \
        psql -X -q -A -t -w -h "$private" -p 5432 -U "$2" -d "dbname='${name//\'/\\\'}'" \
        -v ON_ERROR_STOP=1 -v VERBOSITY=sqlstate "${@:4}" 8>&-
}
