# shellcheck shell=bash
# What happens to a volume before it opens: an empty one gets a new cluster and its first roles; a copied one goes
# through quarantine. All of it runs in a process of its own, with a postmaster that only this container can reach. It may
# be ended at any point, and is then started over.

private_phase() {
    trap 'echo ended >&8' EXIT
    exec 5<> <(:) # nobody writes to this pipe: `read -t` on it is a sleep without a process
    if [[ $role == standby ]]; then
        if [[ $PGFORK_SEED == basebackup ]]; then copy_leader; fi
        demand_copied_volume
        clean_files
        # Without this file a server that is made the primary now would open on the timeline of its leader.
        : >"$pgdata/standby.signal" || fail VolumeUnwritable "standby.signal cannot be written to the volume"
    elif [[ $PGFORK_SEED == initdb ]]; then
        bootstrap
    else
        quarantine
    fi
    exit 0
}

begin() {
    current_step=$1
    echo "step $1" >&8
}

# fail REASON MESSAGE [SQLSTATE LINE]: ends the private phase. A message about a copied volume never holds data.
fail() {
    printf 'failed %s|%s|%s|%s|%s\n' "$1" "$current_step" "${3-}" "${4-}" "$2" >&8
    exit 1
}

# --- A new cluster ----------------------------------------------------------------------------------------------------

# The cluster is made beside its place and moved there complete, so that what is at $pgdata is always whole.
bootstrap() {
    if [[ -e $pgdata ]]; then return; fi
    begin initdb
    rm -rf "$new_pgdata"
    initdb -D "$new_pgdata" -U postgres --encoding=UTF8 --locale="${PGFORK_LOCALE:-C.UTF-8}" --data-checksums \
        --auth-local=peer --auth-host=scram-sha-256 >/dev/null || fail InitdbFailed "initdb failed; the log of the pod says why"
    drop_configuration "$new_pgdata"
    begin bootstrap
    start_private_postmaster "$new_pgdata"
    private_psql -v VERBOSITY=terse -v database="$PGFORK_DATABASE" -v extensions="${PGFORK_EXTENSIONS-}" \
        -v superuser="$([[ -e $roles/superuser ]] && echo true || echo false)" \
        -f "$scripts/roles.sql" -f "$scripts/bootstrap.sql"
    stop_private_postmaster
    sync "$new_pgdata" && mv "$new_pgdata" "$pgdata" && sync "$volume" ||
        fail VolumeUnwritable "the new cluster cannot be moved into its place"
}

# --- Quarantine -------------------------------------------------------------------------------------------------------

# The order matters: what could act is removed before the first start, and nothing but this container can reach the
# server until all of it has passed.
quarantine() {
    begin check
    [[ ${PGFORK_CUT_LSN-} ]] || fail Misconfigured "the pod template lacks PGFORK_CUT_LSN"
    demand_copied_volume
    clean_files
    begin recovery
    recover_on_new_timeline
    begin past-the-cut
    prove_past_the_cut
    begin hygiene
    make_harmless
    # It cannot reach the source any more, and nobody can reach it yet.
    sanitize
    unlock_roles
    begin stop
    stop_private_postmaster
    remove_files_of_server
}

make_harmless() {
    private_psql -v VERBOSITY=sqlstate -v scripts="$scripts" -v work="$private" \
        -f "$scripts/quarantine.sql" -f "$scripts/roles.sql"
}

# Those that the fork was asked to let in: never one that could get at the files of this container, or at WAL.
unlock_roles() {
    local file name rights
    for file in "$roles"/unlocked.*; do
        [[ -e $file ]] || continue
        begin unlock
        name=${file##*/unlocked.}
        [[ $name =~ ^[a-zA-Z_][a-zA-Z0-9_-]*$ ]] || fail Misconfigured "the file $file is named after no role"
        rights=$(superuser_psql postgres -c "SELECT rolsuper OR rolreplication OR rolcreaterole FROM pg_authid WHERE rolname = '$name'" 2>/dev/null) ||
            fail PrivatePhaseFailed "the private server could not be asked"
        case $rights in
            f) private_psql -v VERBOSITY=sqlstate -v role="$name" -f "$scripts/unlock.sql" ;;
            t) fail AccessRefused "the role $name of access.roles is a superuser, or may replicate or create roles: no such role gets into a fork" ;;
            *) fail AccessRoleMissing "access.roles names the role $name, which is not in the fork's data" ;;
        esac
    done
}

demand_copied_volume() {
    current_step=check
    [[ -s $pgdata/PG_VERSION ]] && read_control_data "$pgdata" ||
        fail NotADatabase "the volume made from the snapshot holds no Postgres data in its folder pgdata"
    local identifier=${control_data['Database system identifier']}
    [[ $identifier == "${PGFORK_SYSTEM_IDENTIFIER:-$identifier}" ]] ||
        fail WrongSystemIdentifier "the volume holds the system $identifier, but the source is ${PGFORK_SYSTEM_IDENTIFIER-}"
    [[ ! -L $pgdata/pg_wal ]] ||
        fail SeparateWalVolume "the source keeps pg_wal on another volume, which is not in the snapshot"
    local entry
    for entry in "$pgdata"/pg_tblspc/*; do
        [[ ! -e $entry && ! -L $entry ]] || fail Tablespaces "the source has tablespaces, which are not in the snapshot"
    done
    # Of a base backup that this script made itself, the label says where to begin.
    [[ $PGFORK_SEED == basebackup && $role == standby ]] || [[ ! -e $pgdata/backup_label && ! -e $pgdata/tablespace_map ]] ||
        fail BackupLabel "the volume holds a backup_label: it is a base backup, not a snapshot of a running server"
}

# What the source left for its own next start: slots, standby and archive settings, keys and passwords. A standby stays
# one at every moment.
clean_files() {
    [[ $role == standby ]] || rm -f "$pgdata/standby.signal" || fail VolumeUnwritable "files of the source cannot be removed from the volume"
    rm -rf "$new_pgdata" "$pgdata"/{pg_replslot,pg_wal/archive_status}/* \
        "$pgdata"/{postmaster.pid,postmaster.opts,recovery.signal,recovery.conf,recovery.done,promote} \
        "$pgdata"/{backup_label.old,tablespace_map.old,backup_manifest} \
        "$pgdata"/{*.key,*.crt,*.crl,*.pem,.pgpass,*.pgpass,pg_service.conf,.pg_service.conf} &&
        drop_configuration "$pgdata" ||
        fail VolumeUnwritable "files of the source cannot be removed from the volume"
}

# Configuration comes from the operator alone, never from text that a snapshot may have torn.
drop_configuration() {
    rm -f "$1"/{postgresql,pg_hba,pg_ident}.conf && : >"$1/postgresql.auto.conf"
}

# A retry finds the new timeline already begun and goes on with it. A standby has begun none, whatever its number is: it may
# have followed its leader to a later one after the source's was noted.
recover_on_new_timeline() {
    local timeline=${control_data["Latest checkpoint's TimeLineID"]} state=${control_data['Database cluster state']}
    if ((timeline <= PGFORK_SOURCE_TIMELINE)) || [[ $state == 'in archive recovery' || $state == 'shut down in recovery' ]]; then
        : >"$pgdata/recovery.signal"
    fi
    # Prepared transactions need the room that they had at the source, whatever this fork's own settings are.
    start_private_postmaster "$pgdata" \
        max_connections="${control_data['max_connections setting']}" \
        max_prepared_transactions="${control_data['max_prepared_xacts setting']}" \
        max_locks_per_transaction="${control_data['max_locks_per_xact setting']}" \
        hot_standby=off restore_command=false recovery_target_timeline=latest recovery_target= recovery_target_lsn= \
        recovery_target_name= recovery_target_time= recovery_target_xid= recovery_end_command= archive_cleanup_command= \
        primary_conninfo= primary_slot_name= max_wal_senders=0 max_worker_processes=0 max_logical_replication_workers=0 \
        shared_preload_libraries= session_preload_libraries= local_preload_libraries=
    echo "recovered $EPOCHREALTIME" >&8
}

# The history of the new timeline says where it left the source's. What was acknowledged before the cut lies before that
# point, if the snapshot is what it claims to be.
prove_past_the_cut() {
    local timeline
    read_control_data "$pgdata" || fail NotADatabase "the control file cannot be read after recovery"
    timeline=${control_data["Latest checkpoint's TimeLineID"]}
    ((timeline > PGFORK_SOURCE_TIMELINE)) || fail NoNewTimeline "recovery stayed on the source's timeline $timeline"
    read_switch_point "$timeline"
    [[ $REPLY ]] || fail NoNewTimeline "timeline $timeline does not come from the source's timeline $PGFORK_SOURCE_TIMELINE"
    (($(lsn_number "$REPLY") >= $(lsn_number "$PGFORK_CUT_LSN"))) ||
        fail NotPastTheCut "the copied data ends at $REPLY, but the source was at $PGFORK_CUT_LSN before the snapshot was taken: the snapshot is not usable, fork again"
}

lsn_number() { printf '%d' "$(((16#${1%/*} << 32) + 16#${1#*/}))"; }

# --- The private postmaster -------------------------------------------------------------------------------------------

# start_private_postmaster DIRECTORY [NAME=VALUE …]: returns once it accepts connections, out of recovery. It takes the
# sizes of this instance's configuration; nothing of that may make it reachable, talkative or active.
start_private_postmaster() {
    directory=$1
    local settings=(
        config_file="$conf/postgresql.conf" hba_file="$private/pg_hba.conf" ident_file="$private/pg_ident.conf"
        listen_addresses= port=5432 unix_socket_directories="$private" unix_socket_permissions=0700 ssl=off
        fsync=on full_page_writes=on archive_mode=off synchronous_standby_names= autovacuum=off
        superuser_reserved_connections=0 logging_collector=off log_destination=stderr log_line_prefix='%e '
        log_min_messages=fatal log_min_error_statement=panic log_statement=none log_min_duration_statement=-1
    )
    if has_version "$directory" 16; then settings+=(reserved_connections=0); fi
    if has_version "$directory" 17; then settings+=(event_triggers=off); fi
    # Old WAL holds old rows: it is deleted instead of being used again under another name.
    if ((${PGFORK_SANITIZE:-0} > 0)); then settings+=(wal_recycle=off wal_keep_size=0); fi
    settings+=("${@:2}")
    chmod 0700 "$private" &&
        printf '%s\n' 'local all postgres peer' "local all \"$PGFORK_OWNER\" peer map=owner" >"$private/pg_hba.conf" &&
        printf 'owner postgres "%s"\n' "$PGFORK_OWNER" >"$private/pg_ident.conf" ||
        fail PrivatePhaseFailed "the folder of the private server cannot be written"
    postgres -D "$directory" "${settings[@]/#/--}" >"$private/log" 2>&1 8>&- &
    postmaster=$!
    until postmaster_says "$directory" "$postmaster" && [[ $REPLY == ready ]]; do
        kill -0 "$postmaster" 2>/dev/null || fail_to_start
        read -r -t 0.01 -u 5 || :
    done
    rm -f "$private/log"
}

# The log of a copied server may quote its data: only the SQLSTATE leaves this container's memory.
fail_to_start() {
    local text last=''
    while read -r text; do
        if [[ $text =~ ^[0-9A-Z]{5}\ (FATAL|PANIC): ]]; then last=$text; fi
    done <"$private/log"
    rm -f "$private/log"
    if [[ $PGFORK_SEED == initdb ]]; then
        fail BootstrapFailed "the new server did not start: ${last#* }" "${last%% *}"
    fi
    fail QuarantineFailed "the copied server ended before recovery was done" "${last%% *}"
}

stop_private_postmaster() {
    kill -INT "$postmaster"
    wait "$postmaster" || fail PrivatePhaseFailed "the private server did not stop cleanly"
}

# private_psql ARGUMENT …: starts in database postgres, or template1 where the source has closed or dropped that.
private_psql() {
    local database errors options=(
        statement_timeout=60s lock_timeout=10s session_replication_role=replica synchronous_commit=off
        pg_stat_statements.track=none
    )
    session_options "$directory" "${options[@]}"
    export PGOPTIONS=$REPLY PGCLIENTENCODING=UTF8 PGCONNECT_TIMEOUT=10
    for database in postgres template1; do
        errors=$(psql -X -q -A -t -w -h "$private" -p 5432 -U postgres -d "$database" -v ON_ERROR_STOP=1 \
            -v roles="$roles" -v owner="$PGFORK_OWNER" "$@" 2>&1 >/dev/null 8>&-) && return
        [[ $errors == 'psql: error: connection to server'* ]] || break
    done
    fail_in_sql "$errors"
}

fail_in_sql() {
    local reason=QuarantineFailed text
    if [[ $PGFORK_SEED == initdb ]]; then reason=BootstrapFailed; fi
    if [[ $1 =~ ([a-z-]+\.sql):([0-9]+):\ (ERROR|FATAL|PANIC):\ +(.*) ]]; then
        text=${BASH_REMATCH[4]%%$'\n'*}
        if [[ $reason == BootstrapFailed ]]; then fail BootstrapFailed "$text" '' "${BASH_REMATCH[2]}"; fi
        fail QuarantineFailed "${BASH_REMATCH[1]} failed at line ${BASH_REMATCH[2]}" "$text" "${BASH_REMATCH[2]}"
    fi
    fail "$reason" "the private server could not be asked"
}
