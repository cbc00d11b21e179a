# shellcheck shell=bash
# PID 1. One loop makes the postmaster be what the state file says; verbs write the state file and wake the loop.
# Everything that takes time runs as a child process, so that TERM, a verb or a liveness probe never waits for it.
# Whatever happens comes through one FIFO, a line each:
#   stop                TERM or INT came
#   child               a child process has ended
#   wake                a verb wrote the state file
#   step NAME, recovered TIME, failed REASON STEP SQLSTATE LINE MESSAGE      from the private phase

readonly retry_after=30   # seconds until a failed private phase is tried again

say() { printf 'pgfork: %s\n' "$*"; }

supervise() {
    phase=starting step='' reason='' message='' sqlstate='' line=''
    system_identifier='' timeline='' switch_point='' started=$EPOCHREALTIME recovered='' opened='' prepared=''
    role=${PGFORK_ROLE:?} epoch=${PGFORK_EPOCH:?} opened_by='' crashes=0
    mkdir -p "$private" && rm -f "$control" && mkfifo "$control" && exec 8<>"$control" || exit 1
    trap 'stop_requested=1; echo stop >&8' TERM INT
    trap 'echo child >&8' CHLD
    say "instance $self of ${PGFORK_NAME:-?} starts, seed ${PGFORK_SEED:?}"
    demand_settings && take_volume && take_configuration
    until ((stop_requested)); do turn; done
    say "stopped"
    exit 0
}

demand_settings() {
    local name names=(PGFORK_ROLE PGFORK_EPOCH PGFORK_SEED PGFORK_OWNER PGFORK_DATABASE)
    if [[ $PGFORK_SEED == snapshot ]]; then names+=(PGFORK_SYSTEM_IDENTIFIER PGFORK_SOURCE_TIMELINE PGFORK_CUT_LSN); fi
    for name in "${names[@]}"; do
        [[ ${!name-} ]] || refuse_to_start Misconfigured "the pod template lacks $name"
    done
    [[ ! ${PGFORK_ADOPTED_OPENED_BY-} ]] || refuse_to_start AdoptionNotSupported "this version cannot adopt a volume"
}

# One decision. Each branch returns when the state or the world has changed.
turn() {
    if ! { load_state && adopt_volume; }; then
        stay_closed StateUnreadable "the state file of this volume is damaged; the server stays down so that it cannot open in a wrong role. Restore $state_file or fork again"
    elif [[ $role == fenced ]]; then
        stay_fenced
    elif [[ $role == primary && $opened_by != "$self" || $role == standby && ! $prepared ]]; then
        prepare
    else
        serve
    fi
}

# --- Events and status ------------------------------------------------------------------------------------------------

# next_event SECONDS: leaves the next event in `event` and `detail`, `tick` if none comes.
next_event() {
    local uptime
    read -r uptime _ </proc/uptime
    printf '%s\n' "$uptime" >"$heartbeat_file"
    IFS=' ' read -r -t "$1" -u 8 event detail || event=tick detail=
}

# set_phase PHASE [REASON MESSAGE]
set_phase() {
    if [[ "$phase $reason $message" != "$1 ${2-} ${3-}" ]]; then say "$1${2:+: $2: $3}"; fi
    phase=$1 reason=${2-} message=${3-}
    if [[ ! $reason ]]; then sqlstate='' line=''; fi
    publish_status
}

# The status is one JSON line, replaced as a whole; the verb only prints it. EPOCHREALTIME has microseconds.
publish_status() {
    local recovered_at=${recovered:-nullxxx} opened_at=${opened:-nullxxx} timings
    json_object started: "${started::-3}" recovered: "${recovered_at::-3}" opened: "${opened_at::-3}"
    timings=$REPLY
    json_object ok: true phase "$phase" role "$role" epoch: "$epoch" openedBy "$opened_by" \
        systemIdentifier? "$system_identifier" timeline: "${timeline:-null}" switchPoint? "$switch_point" \
        step? "$step" reason? "$reason" message? "$message" sqlstate? "$sqlstate" line: "${line:-null}" timings: "$timings"
    printf '%s\n' "$REPLY" >"$status_file.new" && mv -f "$status_file.new" "$status_file"
}

# --- Before the first decision ----------------------------------------------------------------------------------------

# Two pods on one volume would both open it (ReadWriteOnce lets them, and so does Postgres, whose own lock does not
# reach across containers). The postmaster inherits descriptor 9, so the lock lives as long as anything of us does.
take_volume() {
    until exec 9>"$volume/lock" && flock -n 9; do
        set_phase failed VolumeInUse "another pod uses this volume; delete that pod"
        next_event 1
        if ((stop_requested)); then exit 0; fi
    done
    set_phase starting
}

# A reload since the pod started is newer than what is mounted.
take_configuration() {
    [[ ! -L $conf ]] || return 0
    mkdir -p "$conf.0" &&
        cp -L "$scripts/postgresql.conf" "$scripts/pg_hba.conf" "$tls/tls.crt" "$tls/tls.key" "$tls/ca.crt" "$conf.0/" &&
        : >"$conf.0/pg_ident.conf" &&
        chmod 0600 "$conf.0"/* &&
        ln -sfn "$conf.0" "$conf" || refuse_to_start ConfigurationMissing "the script or TLS folder of this pod lacks a file"
}

# Writes down role and epoch before anything runs, so that no later pod template can take them back.
adopt_volume() {
    if [[ $PGFORK_SEED == initdb && $volume_is != ours && ( $volume_is == foreign || -e $pgdata ) ]]; then
        refuse_to_start ForeignVolume "the volume of this new database already holds another one; nothing on it was touched"
    fi
    if [[ $volume_is != ours || $role != "${filed[role]}" || $epoch != "${filed[epoch]}" ]]; then
        lock_state
        write_state "$role" "$epoch" "$opened_by"
        unlock_state
    fi
}

# What is wrong comes from outside the volume's life: say so until the pod is stopped.
refuse_to_start() {
    until ((stop_requested)); do
        set_phase failed "$1" "$2"
        next_event 1
    done
    exit 0
}

# --- Closed and fenced ------------------------------------------------------------------------------------------------

# stay_closed REASON MESSAGE [SECONDS]: failed until the state file changes or it is time to try again.
stay_closed() {
    local deadline=$((EPOCHSECONDS + ${3:-$retry_after}))
    set_phase failed "$1" "$2"
    until ((stop_requested || EPOCHSECONDS >= deadline)); do
        next_event 1
        if [[ $event == wake ]]; then return; fi
    done
}

stay_fenced() {
    step='' opened=''
    set_phase fenced
    until ((stop_requested)); do
        next_event 1
        if [[ $event == wake ]]; then return; fi
    done
}

# --- The private phase ------------------------------------------------------------------------------------------------

# Runs private_phase (private.sh) as a process group of its own, so that all of it can be ended.
prepare() {
    local failure='' group
    step=''
    if [[ $PGFORK_SEED == initdb ]]; then set_phase bootstrap; else set_phase quarantine; fi
    set -m
    private_phase &
    group=$!
    set +m
    while next_event 1; kill -0 "$group" 2>/dev/null || [[ $event != tick && $event != child ]]; do
        case $event in
            step) step=$detail && publish_status ;;
            recovered) recovered=$detail ;;
            failed) failure=$detail ;;
            stop) break ;;
            wake) if state_changed; then break; fi ;;
        esac
    done
    if kill -0 "$group" 2>/dev/null; then set_phase stopping; fi
    while kill -INT -- "-$group" 2>/dev/null; do next_event 0.05; done
    if wait "$group"; then
        prepared=yes
        if [[ $role == primary ]]; then note_opening; fi
    elif ! ((stop_requested)) && ! state_changed; then
        note_failure "$failure"
    fi
}

# `opened_by` makes the next start open at once. A fence that came meanwhile stays in force.
note_opening() {
    lock_state
    if ! state_changed; then write_state "$role" "$epoch" "$self"; fi
    unlock_state
}

note_failure() {
    local why what
    IFS=$'\t' read -r why step sqlstate line what <<<"$1"
    case ${why:=QuarantineFailed} in *\ *) why=QuarantineFailed ;; esac
    stay_closed "$why" "${what:-the private phase ended unexpectedly}"
}

# state_changed: somebody wrote another role or epoch than the one in force.
state_changed() {
    local in_force="$role $epoch"
    local role epoch opened_by volume_is # load_state sets these, and not the ones in force
    load_state && [[ "$role $epoch" != "$in_force" ]]
}

# --- Serving ----------------------------------------------------------------------------------------------------------

serve() {
    local server status promoting=''
    step='' opened=''
    prepare_files || { stay_closed NotADatabase "the volume holds no database"; return; }
    set_phase starting "$reason" "$message"
    start_public_postmaster
    if [[ $role == primary && -e $pgdata/standby.signal ]]; then promoting=wanted; fi
    while kill -0 "$server" 2>/dev/null; do
        if [[ $phase == running ]]; then next_event 1; else next_event 0.02; fi
        case $event in
            stop) stop_postmaster && return ;;
            wake) follow_state || return ;;
        esac
        if [[ $phase != running ]]; then note_progress; fi
    done
    wait "$server"
    status=$?
    after_crash "$status"
}

# The verbs wrote the state file: take over what does not need a restart; otherwise stop and fail.
follow_state() {
    local role_in_force=$role
    if ! state_changed; then return 0; fi
    load_state
    if [[ $role == primary && $role_in_force == primary ]]; then
        publish_status
    elif [[ $role == primary && $role_in_force == standby ]]; then
        promoting=wanted opened=''
        set_phase starting
    else
        stop_postmaster
        return 1
    fi
}

# Postgres opens by itself; a promotion has to be asked for once recovery has begun.
note_progress() {
    postmaster_says "$pgdata"
    case $promoting in
        '') if [[ $REPLY == ready ]]; then open_doors; fi ;;
        wanted) if [[ $REPLY == ready || $REPLY == standby ]] && pg_ctl promote -W -s -D "$pgdata" 2>/dev/null; then promoting=asked; fi ;;
        asked) if read_control_data "$pgdata" && [[ ${control_data['Database cluster state']} == 'in production' ]]; then open_doors; fi ;;
    esac
}

open_doors() {
    opened=$EPOCHREALTIME crashes=0
    set_phase running
}

prepare_files() {
    chmod 0700 "$pgdata" && read_control_data "$pgdata" || return 1
    system_identifier=${control_data['Database system identifier']}
    timeline=${control_data["Latest checkpoint's TimeLineID"]}
    read_switch_point "$timeline" && switch_point=$REPLY
    # In a new container the process ids of the old one mean nothing. Later, Postgres' own check is the right one.
    if [[ ! ${pid_file_checked-} ]]; then rm -f "$pgdata/postmaster.pid" && pid_file_checked=yes; fi
    if [[ $role == standby ]]; then : >"$pgdata/standby.signal"; fi
}

# What must hold whatever postgresql.auto.conf says is given on the command line.
start_public_postmaster() {
    local settings=(
        config_file="$conf/postgresql.conf" hba_file="$conf/pg_hba.conf" ident_file="$conf/pg_ident.conf"
        listen_addresses='*' port="$port" unix_socket_directories="$socket_dir"
        ssl=on ssl_cert_file="$conf/tls.crt" ssl_key_file="$conf/tls.key" ssl_ca_file="$conf/ca.crt"
        password_encryption=scram-sha-256 fsync=on full_page_writes=on logging_collector=off
    )
    if [[ $PGFORK_SEED == snapshot ]]; then settings+=(archive_mode=off); fi
    if has_version "$pgdata" 17; then settings+=(allow_alter_system=off); fi
    # No role that the operator may have could see this over SQL.
    if [[ -L $pgdata/pg_wal ]]; then settings+=(pgfork.separate_wal=on); fi
    postgres -D "$pgdata" "${settings[@]/#/--}" 8>&- &
    server=$!
}

# A fast stop, asked for until it is done: a postmaster that is just starting may miss the first signal.
stop_postmaster() {
    set_phase stopping
    while kill -INT "$server" 2>/dev/null; do next_event 0.1; done
    wait "$server"
    return 0
}

# Restarts at once; one that dies again before it opened waits longer each time.
after_crash() {
    end_orphans
    local text="the postmaster ended with status $1"
    if [[ $opened ]]; then
        set_phase starting PostmasterCrashed "$text and is started again"
        return
    fi
    crashes=$((crashes < 6 ? crashes + 1 : 6))
    local pause=$(((1 << crashes) / 2 < 30 ? (1 << crashes) / 2 : 30))
    stay_closed PostmasterCrashed "$text before it opened; its log says why; next try in $pause s" "$pause"
}

# When a postmaster is killed, a busy backend may live on and keep writing. All processes of a server work in its
# data directory.
end_orphans() {
    local signal=QUIT found=yes process comm
    while [[ $found ]]; do
        found=
        for process in /proc/[0-9]*; do
            if [[ $process/cwd -ef $pgdata ]] && { read -r comm <"$process/comm"; } 2>/dev/null && [[ $comm == postgres ]]; then
                kill -"$signal" "${process#/proc/}" 2>/dev/null && found=yes
            fi
        done
        if [[ $found ]]; then next_event 0.05 && signal=KILL; fi
    done
}
