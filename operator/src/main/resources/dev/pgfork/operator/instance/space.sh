# shellcheck shell=bash
# How much of the volume is left, and what to do when it is full. Runs in PID 1: no $(…), see instance.sh.

readonly measure_every=10   # seconds
readonly space_file=$run/space disk_conf=$run/disk.conf

disk='' disk_size=0 disk_free=0 measuring='' measure_at=0

# measure_space: called at every turn of the loop. It takes up what was measured and begins anew when it is time: beside
# the loop, for storage that hangs must not hang it.
measure_space() {
    if ((EPOCHSECONDS < measure_at)); then return; fi
    measure_at=$((EPOCHSECONDS + measure_every))
    if take_measurement || [[ ! $measuring ]] || ! kill -0 "$measuring" 2>/dev/null; then begin_measuring; fi
}

begin_measuring() {
    : >"$space_file"
    stat -f -c '%S %b %a' "$volume" >"$space_file" 2>/dev/null 8>&- 9>&- &
    measuring=$!
    if [[ ! $disk ]]; then measure_at=$((EPOCHSECONDS + 1)); fi
}

# take_measurement: fails while there is none.
take_measurement() {
    local unit blocks available
    { read -r unit blocks available <"$space_file"; } 2>/dev/null || return 1
    note_space $((unit * blocks)) $((unit * available))
}

# note_space SIZE FREE: tells the operator, by the status and, where it asks the server, by a setting. Not of each byte:
# the server reads its configuration for that.
note_space() {
    local step=$(($1 / 100)) change=$(($2 - disk_free))
    if (($2 * 10 < $1)); then step=$(($1 / 1000)); fi
    if (($1 == disk_size && ${change#-} < step)); then return; fi
    disk_size=$1 disk_free=$2 disk="$1 $2"
    printf "pgfork.disk = '%s'\n" "$disk" >"$disk_conf.new" && mv -f "$disk_conf.new" "$disk_conf"
    if [[ $phase ]]; then publish_status; fi
    if [[ $phase == running && ${server-} ]]; then kill -HUP "$server" 2>/dev/null; fi
    return 0
}

# is_full: measures at once. Postgres ends when it cannot make the next file of WAL, and less than that is left then.
is_full() {
    begin_measuring
    wait "$measuring"
    take_measurement
    lacks_space
}

lacks_space() {
    local segment=${control_data['Bytes per WAL segment']:-16777216}
    [[ $disk ]] && ((disk_free < segment * 5 / 4))
}

# stay_full TEXT: closed until there is space again. Now and then it is tried all the same: a server that starts removes
# temporary files.
stay_full() {
    local deadline=$((EPOCHSECONDS + retry_after))
    set_phase failed DiskFull "$1: $((disk_free >> 20)) of $((disk_size >> 20)) MiB of the volume are left; once it is larger (storage.size) this goes on by itself"
    until ((stop_requested || EPOCHSECONDS >= deadline)); do
        measure_at=0
        next_event 1
        if [[ $event == wake ]] || ! lacks_space; then return; fi
    done
}

# stay_unwritable TEXT
stay_unwritable() {
    if is_full; then stay_full "$1"; else stay_closed VolumeUnwritable "$1"; fi
}
