# shellcheck shell=bash
# The public server, from its start until it ends or is told to: it is made what the state file says, without a restart where that is
# possible. Runs in PID 1: no $(…), see instance.sh.

readonly stable_after=10    # seconds after which a server that had opened is not thought to crash in a loop
readonly pause_limit=30     # seconds, the longest wait before a server that crashes in a loop is started again

serve() {
    local server promotion=''
    step='' opened=''
    if [[ $role == primary && ! -e $sanitize_file ]] && read_ledger; then publish_sanitize done; fi
    if ! note_control_data; then
        stay_closed NotADatabase "the volume holds no database any more"
        return
    fi
    set_phase starting "$reason" "$message"
    if ! write_leader; then
        stay_closed LeaderUnknown "there is no leader, or no replication password for it in $roles"
        return
    fi
    if [[ $role == standby ]]; then
        # Without this file the server would start read-write.
        if ! : >"$pgdata/standby.signal"; then
            stay_unwritable "standby.signal cannot be written to the volume"
            return
        fi
    elif [[ -e $pgdata/standby.signal ]]; then
        promotion=wanted
    fi
    rm -f "$restart_file" # it was of a server before this one
    note_tried
    start_postmaster
    while kill -0 "$server" 2>/dev/null; do
        if [[ $phase == running ]]; then
            next_event 0.2 # bash's `read` does not wake up for a child that ends: this is how soon a crash is seen
            if ((crashes > 0)) && is_stable; then crashes=0 && publish_status; fi
        else
            next_event 0.02
            note_progress
        fi
        # Not by the event alone: a word that bash has read half of when the signal comes is lost.
        if ((stop_requested)); then stop_postmaster && return; fi
        case $event in
            wake) follow_state || return ;;
        esac
    done
    wait "$server"
    local ended=$?
    end_orphans
    # Asked first: what does not fit on the volume is no fault of the configuration.
    if is_full; then
        restart_when_there_is_space "$ended"
    elif ! take_back "$ended"; then
        restart_after_crash "$ended"
    fi
}

# start_postmaster [NAME=VALUE …]: what must hold whatever postgresql.auto.conf says is given on the command line. Leaves its process in
# `server`, and in `server_start` which start it was and of which configuration.
start_postmaster() {
    read_revision "$conf/postgresql.conf"
    server_start=$EPOCHREALTIME/$REPLY disk_at_start=$disk
    local settings=(
        config_file="$conf/postgresql.conf" hba_file="$conf/pg_hba.conf" ident_file="$conf/pg_ident.conf"
        listen_addresses='*' port="$port" unix_socket_directories="$socket_dir"
        ssl=on ssl_cert_file="$conf/tls.crt" ssl_key_file="$conf/tls.key" ssl_ca_file="$conf/ca.crt"
        password_encryption=scram-sha-256 fsync=on full_page_writes=on logging_collector=off
        pgfork.start="$server_start"
    )
    # A follower goes on with its leader's archive once it is promoted; an independent copy must never write there.
    if [[ ${PGFORK_CUT_LSN-} ]]; then settings+=(archive_mode=off); fi
    if [[ -e $pgdata/standby.signal ]]; then settings+=(hot_standby=on) && raise_to_leader; fi
    if has_version "$pgdata" 17; then settings+=(allow_alter_system=off); fi
    # No role that the operator may have could see this over SQL.
    if [[ -L $pgdata/pg_wal ]]; then settings+=(pgfork.separate_wal=on); fi
    # In a new container the process ids of the old one mean nothing. Later, Postgres' own check is the right one.
    if [[ ! ${old_pid_file_gone-} ]]; then rm -f "$pgdata/postmaster.pid" && old_pid_file_gone=yes; fi
    settings+=("$@")
    postgres -D "$pgdata" "${settings[@]/#/--}" 8>&- &
    server=$!
}

# Postgres opens by itself; a promotion has to be asked for, once recovery has begun, and is done when clients can write.
note_progress() {
    postmaster_says "$pgdata" "$server"
    case $promotion:$REPLY in
        :ready) open_doors ;;
        wanted:ready | wanted:standby) if pg_ctl promote -W -s -D "$pgdata" 2>/dev/null; then promotion=asked; fi ;;
        asked:*) if read_control_data "$pgdata" && [[ ${control_data['Database cluster state']} == 'in production' ]]; then open_doors; fi ;;
    esac
}

open_doors() {
    opened=$EPOCHREALTIME
    note_proved
    # Measured while it was starting: it has read its configuration before.
    if [[ $disk != "$disk_at_start" ]]; then kill -HUP "$server"; fi
    if [[ $role == primary ]]; then mark_history; fi
    if [[ $promotion ]]; then
        note_newest_timeline
        if write_leader; then kill -HUP "$server"; else say "the leader's password could not be removed"; fi
    fi
    set_phase running
}

# A verb wants something. Does what needs no restart; otherwise stops the server and fails.
follow_state() {
    local before=$role asked=''
    { read -r asked <"$restart_file"; } 2>/dev/null
    if [[ $asked == "$server_start" ]]; then stop_postmaster && return 1; fi
    if ! state_changed; then
        publish_status
        return 0
    fi
    load_state
    case $before:$role in
        primary:primary) publish_status ;;
        standby:standby)
            if ! { write_leader && kill -HUP "$server"; }; then stop_postmaster && return 1; fi
            publish_status
            ;;
        standby:primary)
            promotion=wanted opened=''
            set_phase starting
            ;;
        *) stop_postmaster && return 1 ;;
    esac
}

# A fast stop, asked for until it is done: a postmaster that is just starting may miss the first signal.
stop_postmaster() {
    set_phase stopping
    while kill -INT "$server" 2>/dev/null; do next_event 0.02; done
    wait "$server"
    end_orphans # it may have been killed just before: a busy backend would go on writing
    return 0
}

# restart_when_there_is_space STATUS: the first time at once, because the server's temporary files may be all that fills the volume.
restart_when_there_is_space() {
    local text="the postmaster ended with status $1, because its volume is full"
    if is_stable; then
        set_phase starting DiskFull "$text, and is started again"
    else
        stay_full "$text"
    fi
}

# restart_after_crash STATUS: at once the first time; a server that crashes in a loop waits longer each time.
restart_after_crash() {
    local pause=0 text="the postmaster ended with status $1"
    if is_stable; then crashes=0; fi
    if ((crashes > 0)); then pause=$((crashes > 5 ? pause_limit : 1 << crashes - 1)); fi
    crashes=$((crashes + 1))
    if ((pause == 0)); then
        set_phase starting PostmasterCrashed "$text and is started again"
    else
        stay_closed PostmasterCrashed "$text, $crashes times in short order; its log says why; next start in $pause s" "$pause"
    fi
}

is_stable() { [[ $opened ]] && ((EPOCHSECONDS - ${opened%.*} >= stable_after)); }

# When a postmaster is killed, a busy backend lives on and keeps writing. Every process of a server works in its data
# directory.
end_orphans() {
    local signal=QUIT found=yes process name
    while [[ $found ]]; do
        found=''
        for process in /proc/[0-9]*; do
            if [[ $process/cwd -ef $pgdata || $process/cwd -ef $new_pgdata ]] &&
                { read -r name <"$process/comm"; } 2>/dev/null && [[ $name == postgres ]]; then
                kill -"$signal" "${process#/proc/}" 2>/dev/null && found=yes
            fi
        done
        if [[ $found ]]; then next_event 0.05 && signal=KILL; fi
    done
}

# --- What is known of the cluster -------------------------------------------------------------------------------------

note_control_data() {
    read_control_data "$pgdata" || return 1
    system_identifier=${control_data['Database system identifier']}
    timeline=${control_data["Latest checkpoint's TimeLineID"]}
    read_switch_point "$timeline"
    switch_point=$REPLY
}

# The control file names the new timeline only after the next checkpoint.
note_newest_timeline() {
    local history
    for history in "$pgdata"/pg_wal/*.history; do
        history=${history##*/}
        timeline=$((16#${history%.history}))
    done
}

# A server that is promoted takes the next number for its timeline; so may another one that does not know of it, and both may
# have left the timeline before at the same point. A comment in the history file tells them apart: Postgres skips it, and
# sends it to whoever follows. Nobody follows before this.
mark_history() {
    local history text=''
    for history in "$pgdata"/pg_wal/*.history; do :; done
    if [[ ! -e $history ]]; then return; fi
    read -r -d '' text <"$history"
    # Synced, or a snapshot of blocks could have its length without its text.
    [[ ${text##*$'\n'} == '# pgfork '* ]] || { printf '# pgfork %s %s\n' "$self" "$epoch" >>"$history" && sync "$history"; } ||
        say "${history##*/} could not be marked"
}
