# shellcheck shell=bash
# PID 1. One loop makes the postmaster be what the state file says; verbs write the state file and wake the loop.
# Whatever takes time is a child process, so that neither TERM nor a verb nor a liveness probe waits for it. What happens
# comes through one FIFO, a line each:
#   stop      TERM or INT came
#   wake      a verb wrote the state file, brought a configuration or asks for a restart, or a sanitize step began or ended
#   step NAME, recovered TIME, failed REASON|STEP|SQLSTATE|LINE|MESSAGE, ended     from the private phase

readonly retry_after=30     # seconds until a failed private phase is tried again

say() { printf 'pgfork: %s\n' "$*"; }

supervise() {
    phase='' step='' reason='' message='' sqlstate='' line=''
    system_identifier='' timeline='' switch_point='' sanitize_status=null started=$EPOCHREALTIME recovered='' opened=''
    role=${PGFORK_ROLE-} epoch=${PGFORK_EPOCH-} opened_by='' leader='' prepared='' crashes=0
    server_start='' rejection='' disk_at_start=''
    if ! { mkdir -p "$private" && rm -f "$control" "$state_lock" "$status_file" "$sanitize_file" "$restart_file" && mkfifo "$control" && exec 8<>"$control"; }; then
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
        stay_unwritable "the state file cannot be written to the volume"
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
    measure_space
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
    local recovered_at=${recovered:-null000} opened_at=${opened:-null000} timings rejected # EPOCHREALTIME without microseconds
    { read -r sanitize_status <"$sanitize_file"; } 2>/dev/null || sanitize_status=null
    { read -r rejected <"$rejected_file"; } 2>/dev/null || rejected=null
    json_object started: "${started::-3}" recovered: "${recovered_at::-3}" opened: "${opened_at::-3}"
    timings=$REPLY
    { read_revision "$conf/postgresql.conf"; } 2>/dev/null || REPLY=
    json_object revision? "$REPLY" start? "$server_start" rejected: "$rejected"
    local configuration=${REPLY:1:-1}
    json_object ok: true phase "$phase" role "$role" epoch: "${epoch:-0}" openedBy "$opened_by" \
        systemIdentifier? "$system_identifier" timeline: "${timeline:-null}" switchPoint? "$switch_point" \
        leader? "$leader" crashes: "$crashes" step? "$step" reason? "$reason" message? "$message" sqlstate? "$sqlstate" line: "${line:-null}" \
        sanitize: "$sanitize_status" disk? "$disk" timings: "$timings"
    printf '%s\n' "${REPLY%\}},$configuration}" >"$status_file.new" && mv -f "$status_file.new" "$status_file"
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
    step='' opened='' prepared='' server_start=''
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
        if ((stop_requested)); then break; fi
        case $event in
            step) step=$detail && publish_status ;;
            recovered) recovered=$detail ;;
            failed) failure=$detail ;;
            wake) if state_changed; then break; fi && publish_status ;;
            tick) if ! kill -0 "$group" 2>/dev/null; then event=ended; fi ;;
        esac
    done
    if [[ $event == ended ]] && wait "$group"; then
        prepared=yes
        if [[ $role == primary ]] && ! note_opening; then stay_unwritable "the state file cannot be written to the volume"; fi
        return
    fi
    if [[ $event != ended ]]; then set_phase stopping; fi
    while kill -INT -- "-$group" 2>/dev/null; do next_event 0.02; done
    end_orphans
    if ((stop_requested)) || state_changed; then return; fi
    IFS='|' read -r reason step sqlstate line message <<<"${failure:-PrivatePhaseFailed||||the private phase was killed}"
    case $reason in
        # What else is wrong stays wrong on a larger volume.
        QuarantineFailed | BaseBackupFailed | InitdbFailed | BootstrapFailed | PrivatePhaseFailed | VolumeUnwritable)
            if is_full; then stay_full "$message" && return; fi
            ;;
    esac
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
