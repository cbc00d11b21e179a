# shellcheck shell=bash
# PID 1. One loop makes the postmaster be what the state file says; verbs write the state file and wake the loop.
# Whatever takes time is a child process, so that neither TERM nor a verb nor a liveness probe waits for it. What happens
# comes through one FIFO, a line each:
#   stop      TERM or INT came
#   wake      a verb wrote the state file
#   step NAME, recovered TIME, failed REASON|STEP|SQLSTATE|LINE|MESSAGE, ended     from the private phase

readonly retry_after=30     # seconds until a failed private phase is tried again
readonly stable_after=10    # seconds after which a server that had opened is not thought to crash in a loop
readonly pause_limit=30     # seconds, the longest wait before a server that crashes in a loop is started again

say() { printf 'pgfork: %s\n' "$*"; }

supervise() {
    phase='' step='' reason='' message='' sqlstate='' line=''
    system_identifier='' timeline='' switch_point='' started=$EPOCHREALTIME recovered='' opened=''
    role=${PGFORK_ROLE-} epoch=${PGFORK_EPOCH-} opened_by='' leader='' prepared='' crashes=0
    if ! { mkdir -p "$private" && rm -f "$control" "$state_lock" "$status_file" && mkfifo "$control" && exec 8<>"$control"; }; then
        say "failed: RunFolderUnwritable: $run cannot be written"
        exit 1
    fi
    trap 'stop_requested=1; echo stop >&8' TERM INT
    say "instance $self (${PGFORK_NAME-}) starts, seed ${PGFORK_SEED-}"
    set_phase starting
    demand_settings
    take_volume
    take_configuration
    until ((stop_requested)); do turn; done
    say stopped
    exit 0
}

# One decision. Each branch returns when the state or the world has changed.
turn() {
    if ! load_state; then
        stay_closed StateUnreadable "the state file of this volume is damaged, so its role is not known and the server stays down; fork again, or put $state_file right"
    elif ! adopt_volume; then
        stay_closed VolumeUnwritable "the state file cannot be written to the volume"
    elif [[ $role == fenced ]]; then
        stay_fenced
    elif [[ $role == primary && $opened_by != "$self" || $role == standby && ! $prepared ]]; then
        prepare
    else
        serve
    fi
}

# --- Events and status ------------------------------------------------------------------------------------------------

# next_event SECONDS: leaves the next event in `event` and `detail`; `tick` if none comes. Only the first character has a
# time limit: bash gives up between any two of them, and even after the last, and the event would be lost.
next_event() {
    local uptime first=''
    read -r uptime _ </proc/uptime
    printf '%s\n' "$uptime" >"$heartbeat_file"
    event=tick detail=''
    read -r -t "$1" -N 1 -u 8 first
    if [[ $first ]]; then
        IFS=' ' read -r -u 8 event detail
        event=$first$event
    fi
}

# set_phase PHASE [REASON MESSAGE]
set_phase() {
    if [[ "$phase $reason $message" != "$1 ${2-} ${3-}" ]]; then say "$1${2:+: $2: $3}"; fi
    phase=$1 reason=${2-} message=${3-}
    if [[ ! $reason ]]; then sqlstate='' line=''; fi
    publish_status
}

# The status is one JSON line, replaced as a whole; the verb only prints it.
publish_status() {
    local recovered_at=${recovered:-null000} opened_at=${opened:-null000} timings # EPOCHREALTIME without microseconds
    json_object started: "${started::-3}" recovered: "${recovered_at::-3}" opened: "${opened_at::-3}"
    timings=$REPLY
    json_object ok: true phase "$phase" role "$role" epoch: "${epoch:-0}" openedBy "$opened_by" \
        systemIdentifier? "$system_identifier" timeline: "${timeline:-null}" switchPoint? "$switch_point" \
        leader? "$leader" step? "$step" reason? "$reason" message? "$message" sqlstate? "$sqlstate" line: "${line:-null}" timings: "$timings"
    printf '%s\n' "$REPLY" >"$status_file.new" && mv -f "$status_file.new" "$status_file"
}

# --- Before the first decision ----------------------------------------------------------------------------------------

demand_settings() {
    local name names=(PGFORK_ROLE PGFORK_EPOCH PGFORK_SEED PGFORK_DATABASE PGFORK_OWNER)
    if [[ ${PGFORK_SEED-} != initdb ]]; then names+=(PGFORK_SYSTEM_IDENTIFIER PGFORK_SOURCE_TIMELINE); fi
    if [[ ${PGFORK_ROLE-} == standby ]]; then names+=(PGFORK_LEADER PGFORK_SLOT); fi
    for name in "${names[@]}"; do
        if [[ ! ${!name-} ]]; then refuse_to_start Misconfigured "the pod template lacks $name"; fi
    done
    case $PGFORK_OWNER in
        postgres | pgfork | pg_*) refuse_to_start Misconfigured "the owner cannot be called $PGFORK_OWNER: that role is reserved" ;;
    esac
    if [[ ${PGFORK_ADOPTED_OPENED_BY-} ]]; then
        refuse_to_start AdoptionNotSupported "this version of pgfork cannot adopt a volume"
    fi
}

# Two pods on one volume would both open it: ReadWriteOnce lets them, and Postgres' own lock does not reach across
# containers. The postmaster inherits descriptor 9, so the lock lives as long as anything of this pod does.
take_volume() {
    until exec 9>"$volume/lock" && flock -n 9; do
        set_phase failed VolumeInUse "another pod uses this volume; delete the one that should not"
        next_event 1
        if ((stop_requested)); then exit 0; fi
    done
    if [[ -d $pgdata ]]; then chmod 0700 "$pgdata"; fi # fsGroup may have opened it to the group; Postgres refuses that
    set_phase starting
}

# What `reload` brought since the pod started (conf.1 and up) is newer than what is mounted.
take_configuration() {
    if [[ -L $conf && ! $conf -ef $conf.0 ]]; then return; fi
    mkdir -p "$conf.0" &&
        cp -L "$scripts/postgresql.conf" "$scripts/pg_hba.conf" "$tls/tls.crt" "$tls/tls.key" "$tls/ca.crt" "$conf.0/" &&
        : >"$conf.0/pg_ident.conf" &&
        chmod 0600 "$conf.0"/* &&
        ln -sfn "$conf.0" "$conf" ||
        refuse_to_start ConfigurationMissing "a file of the configuration or of the certificate is not mounted"
}

# Writes down role and epoch before anything runs on them, so that an older pod template cannot take them back. A copied
# primary is written down when it opens: until then there is nothing to protect, and it saves two syncs.
adopt_volume() {
    if [[ $PGFORK_SEED != snapshot && $volume_is != ours ]] && [[ $volume_is == foreign || -e $pgdata ]]; then
        refuse_to_start ForeignVolume "this volume should be empty, but holds a database already; nothing on it was touched"
    fi
    if [[ $volume_is == ours ]]; then
        [[ "$role $epoch $leader" == "${filed[role]} ${filed[epoch]} ${filed[leader]-}" ]] || write_state "$role" "$epoch" "$opened_by" "$leader" || return
    elif [[ $PGFORK_SEED == initdb || $role != primary ]]; then
        write_state "$role" "$epoch" "$opened_by" "$leader" || return
    fi
    : >>"$state_lock" # from here on verbs may write the state file
}

# For what only another pod template or volume can put right.
refuse_to_start() {
    until ((stop_requested)); do
        set_phase failed "$1" "$2"
        next_event 1
    done
    exit 0
}

# --- Closed and fenced ------------------------------------------------------------------------------------------------

# stay_closed REASON MESSAGE [SECONDS]: failed until a verb changed something or it is time to try again.
stay_closed() {
    local deadline=$((EPOCHSECONDS + ${3:-$retry_after}))
    set_phase failed "$1" "$2"
    until ((stop_requested || EPOCHSECONDS >= deadline)); do
        next_event 1
        if [[ $event == wake ]]; then return; fi
    done
}

stay_fenced() {
    step='' opened='' prepared=''
    note_control_data
    set_phase fenced
    until ((stop_requested)); do
        next_event 1
        if [[ $event == wake ]]; then return; fi
    done
}

# --- The private phase ------------------------------------------------------------------------------------------------

# Runs private_phase (private.sh) as a process group of its own, so that all of it can be ended at any point.
prepare() {
    local failure='' group
    step='' opened=''
    if [[ $PGFORK_SEED == initdb && $role == primary ]]; then set_phase bootstrap; else set_phase quarantine; fi
    set -m
    private_phase &
    group=$!
    set +m
    event=tick
    until [[ $event == ended ]]; do
        next_event 1
        case $event in
            step) step=$detail && publish_status ;;
            recovered) recovered=$detail ;;
            failed) failure=$detail ;;
            stop) break ;;
            wake) if state_changed; then break; fi ;;
            tick) if ! kill -0 "$group" 2>/dev/null; then event=ended; fi ;;
        esac
    done
    if [[ $event == ended ]] && wait "$group"; then
        prepared=yes
        if [[ $role == primary ]] && ! note_opening; then stay_closed VolumeUnwritable "the state file cannot be written to the volume"; fi
        return
    fi
    if [[ $event != ended ]]; then set_phase stopping; fi
    while kill -INT -- "-$group" 2>/dev/null; do next_event 0.02; done
    end_orphans
    if ((stop_requested)) || state_changed; then return; fi
    IFS='|' read -r reason step sqlstate line message <<<"${failure:-PrivatePhaseFailed||||the private phase was killed}"
    stay_closed "$reason" "$message"
}

# From here on the next start opens at once. A fence that came meanwhile stays in force.
note_opening() {
    local noted
    lock_state
    state_changed || write_state "$role" "$epoch" "$self" "$leader"
    noted=$?
    unlock_state
    return "$noted"
}

# state_changed: somebody wrote another role, epoch or leader than the one in force.
state_changed() {
    local in_force="$role $epoch $leader"
    local role epoch opened_by leader volume_is # load_state sets these, and not the ones in force
    load_state && [[ "$role $epoch $leader" != "$in_force" ]]
}

# --- Serving ----------------------------------------------------------------------------------------------------------

serve() {
    local server promotion=''
    step='' opened=''
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
            stay_closed VolumeUnwritable "standby.signal cannot be written to the volume"
            return
        fi
    elif [[ -e $pgdata/standby.signal ]]; then
        promotion=wanted
    fi
    start_public_postmaster
    while kill -0 "$server" 2>/dev/null; do
        if [[ $phase == running ]]; then
            next_event 0.2 # bash's `read` does not wake up for a child that ends: this is how soon a crash is seen
        else
            next_event 0.02
            note_progress
        fi
        case $event in
            stop) stop_postmaster && return ;;
            wake) follow_state || return ;;
        esac
    done
    wait "$server"
    restart_after_crash $?
}

# What must hold whatever postgresql.auto.conf says is given on the command line.
start_public_postmaster() {
    local settings=(
        config_file="$conf/postgresql.conf" hba_file="$conf/pg_hba.conf" ident_file="$conf/pg_ident.conf"
        listen_addresses='*' port="$port" unix_socket_directories="$socket_dir"
        ssl=on ssl_cert_file="$conf/tls.crt" ssl_key_file="$conf/tls.key" ssl_ca_file="$conf/ca.crt"
        password_encryption=scram-sha-256 fsync=on full_page_writes=on logging_collector=off
    )
    # A follower goes on with its leader's archive once it is promoted; an independent copy must never write there.
    if [[ ${PGFORK_CUT_LSN-} ]]; then settings+=(archive_mode=off); fi
    if [[ -e $pgdata/standby.signal ]]; then settings+=(hot_standby=on) && raise_to_leader; fi
    if has_version "$pgdata" 17; then settings+=(allow_alter_system=off); fi
    # No role that the operator may have could see this over SQL.
    if [[ -L $pgdata/pg_wal ]]; then settings+=(pgfork.separate_wal=on); fi
    # In a new container the process ids of the old one mean nothing. Later, Postgres' own check is the right one.
    if [[ ! ${old_pid_file_gone-} ]]; then rm -f "$pgdata/postmaster.pid" && old_pid_file_gone=yes; fi
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
    if [[ $promotion ]]; then
        note_newest_timeline
        if write_leader; then kill -HUP "$server"; else say "the leader's password could not be removed"; fi
    fi
    set_phase running
}

# A verb wrote the state file. Does what needs no restart; otherwise stops the server and fails.
follow_state() {
    local before=$role
    if ! state_changed; then return 0; fi
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

# restart_after_crash STATUS: at once the first time; a server that crashes in a loop waits longer each time.
restart_after_crash() {
    local pause=0 text="the postmaster ended with status $1"
    end_orphans
    if [[ $opened ]] && ((EPOCHSECONDS - ${opened%.*} >= stable_after)); then crashes=0; fi
    if ((crashes > 0)); then pause=$((crashes > 5 ? pause_limit : 1 << crashes - 1)); fi
    crashes=$((crashes + 1))
    if ((pause == 0)); then
        set_phase starting PostmasterCrashed "$text and is started again"
    else
        stay_closed PostmasterCrashed "$text, $crashes times in short order; its log says why; next start in $pause s" "$pause"
    fi
}

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
