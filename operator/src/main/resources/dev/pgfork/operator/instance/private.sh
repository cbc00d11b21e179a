# shellcheck shell=bash
# What happens to a volume before it opens: an empty one gets a new cluster and its first roles; a copied one goes
# through quarantine. All of it runs in a process of its own, with a postmaster that only this container can reach, and
# it can be ended at any point and started over.

private_phase() {
    exec 5<> <(:) # nobody writes to this pipe: `read -t` on it is a sleep without a process
    if [[ $role == standby ]]; then
        demand_source_volume && clean_files && : >"$pgdata/standby.signal"
    elif [[ $PGFORK_SEED == initdb ]]; then
        bootstrap
    else
        quarantine
    fi
}

report() { printf '%s\n' "$*" >&8; }

begin() {
    current_step=$1
    report step "$1"
}

# fail REASON MESSAGE [SQLSTATE LINE]: ends the private phase. The message never holds data.
fail() {
    printf 'failed %s\t%s\t%s\t%s\t%s\n' "$1" "$current_step" "${3-}" "${4-}" "$2" >&8
    exit 1
}

# --- A new cluster ----------------------------------------------------------------------------------------------------

# The cluster is made beside its final place and moved there complete, so that what is at $pgdata is always whole.
bootstrap() {
    local new=$volume/pgdata.new
    begin initdb
    if [[ $opened_by == "$self" || -e $pgdata ]]; then return; fi
    rm -rf "$new"
    initdb -D "$new" -U postgres --encoding=UTF8 --locale="${PGFORK_LOCALE:-C.UTF-8}" --data-checksums \
        --auth-local=peer --auth-host=scram-sha-256 >/dev/null || fail InitdbFailed "initdb failed; the container's log says why"
    drop_configuration "$new"
    begin bootstrap
    start_private_postmaster "$new" --config_file="$conf/postgresql.conf" --synchronous_standby_names= --archive_mode=off
    private_psql postgres -v database="${PGFORK_DATABASE:?}" -v extensions="${PGFORK_EXTENSIONS-}" \
        -v superuser="$([[ -e $roles/superuser ]] && echo true || echo false)" \
        -f "$scripts/roles.sql" -f "$scripts/bootstrap.sql"
    stop_private_postmaster
    sync "$new" && mv "$new" "$pgdata" && sync "$volume" || fail VolumeUnwritable "the new cluster cannot be moved into place"
}

# --- Quarantine -------------------------------------------------------------------------------------------------------

# The order matters: nothing of the source may act before it is removed, and nothing is removed before we know that
# this is the right copy.
quarantine() {
    begin check
    demand_source_volume
    begin clean-files
    clean_files
    begin recovery
    recover_on_new_timeline
    begin past-the-cut
    prove_past_the_cut
    begin hygiene
    private_psql postgres -v scripts="$scripts" -v work="$private" -f "$scripts/quarantine.sql" -f "$scripts/roles.sql"
    # Steps that change the fork's data before anyone sees it belong here: the source can no longer be reached, and the
    # fork cannot be reached yet.
    begin stop
    stop_private_postmaster
}

demand_source_volume() {
    current_step=check
    [[ -s $pgdata/PG_VERSION ]] && read_control_data "$pgdata" ||
        fail NotADatabase "the volume restored from the snapshot holds no Postgres data in pgdata"
    [[ ${control_data['Database system identifier']} == "${PGFORK_SYSTEM_IDENTIFIER:?}" ]] ||
        fail WrongSystemIdentifier "the volume holds system ${control_data['Database system identifier']}, expected was $PGFORK_SYSTEM_IDENTIFIER"
    [[ ! -L $pgdata/pg_wal ]] ||
        fail SeparateWalVolume "pg_wal is a symbolic link: write-ahead log on another volume is not in the snapshot"
    local entry
    for entry in "$pgdata"/pg_tblspc/*; do
        [[ ! -e $entry && ! -L $entry ]] || fail Tablespaces "the source has tablespaces, which are not in the snapshot"
    done
    [[ ! -e $pgdata/backup_label && ! -e $pgdata/tablespace_map ]] ||
        fail BackupLabel "the volume holds a backup_label: it is a base backup, not a snapshot of a running server"
}

# What the source left for its own next start: its slots, standby and archive settings, keys and passwords.
clean_files() {
    chmod 0700 "$pgdata" &&
        rm -rf "$volume/pgdata.new" "$pgdata"/pg_replslot/* "$pgdata"/pg_wal/archive_status/* &&
        rm -f "$pgdata"/{postmaster.pid,postmaster.opts,standby.signal,recovery.signal,recovery.conf,recovery.done,promote} \
            "$pgdata"/{backup_label.old,tablespace_map.old,backup_manifest} \
            "$pgdata"/{*.key,*.crt,*.crl,*.pem,.pgpass,*.pgpass,pg_service.conf,.pg_service.conf} &&
        drop_configuration "$pgdata" ||
        fail VolumeUnwritable "files of the source cannot be removed from the volume"
}

# Configuration comes from the operator alone, and never from text that a snapshot may have torn.
drop_configuration() {
    rm -f "$1"/{postgresql,pg_hba,pg_ident}.conf && : >"$1/postgresql.auto.conf"
}

# A retry finds the new timeline already begun and goes on with it.
recover_on_new_timeline() {
    local timeline=${control_data["Latest checkpoint's TimeLineID"]}
    if ((timeline <= PGFORK_SOURCE_TIMELINE)); then : >"$pgdata/recovery.signal"; fi
    # Replay may need what the source had, whatever this fork's plan is; prepared transactions always do.
    start_private_postmaster "$pgdata" --config_file="$conf/postgresql.conf" \
        --max_connections="${control_data['max_connections setting']}" \
        --max_prepared_transactions="${control_data['max_prepared_xacts setting']}" \
        --max_locks_per_transaction="${control_data['max_locks_per_xact setting']}" \
        --max_wal_senders=0 --max_worker_processes="${control_data['max_worker_processes setting']}" \
        --hot_standby=off --restore_command=/bin/false --recovery_target_timeline=latest --recovery_target= \
        --recovery_target_lsn= --recovery_target_name= --recovery_target_time= --recovery_target_xid= \
        --recovery_end_command= --archive_cleanup_command= --primary_conninfo= --primary_slot_name= \
        --archive_mode=off --synchronous_standby_names= --shared_preload_libraries= \
        --session_preload_libraries= --local_preload_libraries= --max_logical_replication_workers=0
    report recovered "$EPOCHREALTIME"
}

# The history file of the new timeline says where it left the source's. Everything acknowledged before the cut lies
# before that point, if the snapshot is what it claims to be.
prove_past_the_cut() {
    local timeline
    read_control_data "$pgdata" || fail NotADatabase "the control file cannot be read after recovery"
    timeline=${control_data["Latest checkpoint's TimeLineID"]}
    ((timeline > PGFORK_SOURCE_TIMELINE)) || fail NoNewTimeline "recovery stayed on timeline $timeline of the source"
    read_switch_point "$timeline"
    [[ $REPLY ]] || fail NoNewTimeline "timeline $timeline does not come from the source's timeline $PGFORK_SOURCE_TIMELINE"
    (($(lsn_number "$REPLY") >= $(lsn_number "$PGFORK_CUT_LSN"))) ||
        fail NotPastTheCut "the data ends at $REPLY, before $PGFORK_CUT_LSN, which the source had reached when the snapshot was asked for; the snapshot is not usable"
}

lsn_number() { printf '%d' "$(((16#${1%/*} << 32) + 16#${1#*/}))"; }

# --- The private postmaster -------------------------------------------------------------------------------------------

# start_private_postmaster DIRECTORY [--SETTING=VALUE …]: returns once it accepts connections, out of recovery.
# Its log may quote data, so only the SQLSTATE of what stopped it is looked at.
start_private_postmaster() {
    directory=$1
    local log=$private/log
    local settings=(
        --listen_addresses= --port=5432 --unix_socket_directories="$private" --unix_socket_permissions=0700
        --hba_file="$private/pg_hba.conf" --ident_file="$private/pg_ident.conf" --ssl=off
        --fsync=on --full_page_writes=on --autovacuum=off --logging_collector=off --log_destination=stderr
        --log_min_messages=fatal --log_min_error_statement=panic --log_statement=none --log_min_duration_statement=-1
        --log_line_prefix='%e ' --log_connections=off --log_disconnections=off --superuser_reserved_connections=0
    )
    if has_version "$directory" 17; then settings+=(--event_triggers=off); fi
    chmod 0700 "$private" && echo 'local all postgres peer' >"$private/pg_hba.conf" && : >"$private/pg_ident.conf"
    postgres -D "$directory" "${@:2}" "${settings[@]}" >"$log" 2>&1 8>&- &
    postmaster=$!
    until postmaster_says "$directory" && [[ $REPLY == ready ]]; do
        kill -0 "$postmaster" 2>/dev/null || fail QuarantineFailed "the private server ended while starting" "$(last_sqlstate "$log")"
        read -r -t 0.01 -u 5 || :
    done
    rm -f "$log"
}

last_sqlstate() {
    local text state=''
    while read -r text; do
        if [[ $text =~ ^([0-9A-Z]{5})\ (FATAL|PANIC): ]]; then state=${BASH_REMATCH[1]}; fi
    done <"$1"
    printf '%s' "$state"
}

stop_private_postmaster() {
    while kill -INT "$postmaster" 2>/dev/null; do
        wait "$postmaster" && return
        fail QuarantineFailed "the private server did not stop cleanly"
    done
}

# private_psql DATABASE [ARGUMENT …]
private_psql() {
    local database=$1 errors
    local options=(statement_timeout=60s lock_timeout=10s session_replication_role=replica synchronous_commit=off pg_stat_statements.track=none)
    if has_version "$directory" 17; then options+=(event_triggers=off); fi
    session_options "$directory" "${options[@]}"
    errors=$(PGOPTIONS=$REPLY PGCLIENTENCODING=UTF8 psql -X -q -A -t -w -h "$private" -p 5432 -U postgres -d "$database" \
        -v ON_ERROR_STOP=1 -v VERBOSITY=sqlstate -v roles="$roles" -v owner="${PGFORK_OWNER:?}" "${@:2}" 2>&1 >/dev/null 8>&-) &&
        return
    if [[ $errors =~ ([a-z-]+)\.sql:([0-9]+):\ [A-Z]+:\ +([0-9A-Z]{5}) ]]; then
        fail QuarantineFailed "${BASH_REMATCH[1]}.sql failed at line ${BASH_REMATCH[2]}" "${BASH_REMATCH[3]}" "${BASH_REMATCH[2]}"
    fi
    fail QuarantineFailed "psql failed"
}
