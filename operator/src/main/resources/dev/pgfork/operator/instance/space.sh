# shellcheck shell=bash
# How much of the volume is left, and what to do when it is full. Runs in PID 1: no $(…), see instance.sh.

readonly measure_every=10   # seconds
readonly measuring_limit=5  # seconds that a measurement may take where it is waited for
readonly spare_bytes=65536 plenty=$((64 << 20))
readonly space_file=$run/space disk_conf=$run/disk.conf

disk='' disk_size=0 disk_free=0 # as it was told
space_size=0 space_free=0       # as it was measured last
measuring='' measure_at=0

# measure_space: called at every turn of the loop. It takes up what was measured and begins anew when it is time: beside
# the loop, for storage that hangs must not hang it.
measure_space() {
    if ((EPOCHSECONDS < measure_at)); then return; fi
    measure_at=$((EPOCHSECONDS + measure_every))
    if take_measurement || [[ ! $measuring ]] || ! kill -0 "$measuring" 2>/dev/null; then begin_measuring; fi
}

begin_measuring() {
    : >"$space_file"
    measure 2>/dev/null 8>&- 9>&- &
    measuring=$!
    if [[ ! $disk ]]; then measure_at=$((EPOCHSECONDS + 1)); fi
}

# measure: and, while there is plenty, keeps the spare file that write_state may need when there is nothing.
measure() {
    local unit blocks available
    stat -f -c '%S %b %a' "$volume" >"$space_file"
    if [[ -e $spare_file ]]; then return; fi
    read -r unit blocks available <"$space_file" && ((blocks > 0 && unit * available > plenty)) || return
    head -c "$spare_bytes" /dev/zero >"$spare_file.new" && mv -f "$spare_file.new" "$spare_file"
}

# take_measurement: fails while there is none, and where the file system does not say.
take_measurement() {
    local unit blocks available
    { read -r unit blocks available <"$space_file"; } 2>/dev/null && ((blocks > 0)) || return 1
    space_size=$((unit * blocks)) space_free=$((unit * available))
    tell_space
}

# tell_space: tells the operator, by the status and, where it asks the server, by a setting. Not of each byte, for the server reads its
# configuration for that; but of each of the last files of WAL.
tell_space() {
    local notable=$((space_size / 100)) change=$((space_free - disk_free)) before
    if ((space_free * 10 < space_size)); then notable=$((space_size / 1000)); fi
    count_segments "$disk_free"
    before=$REPLY
    count_segments "$space_free"
    if ((space_size == disk_size && ${change#-} < notable && REPLY == before)); then return; fi
    disk_size=$space_size disk_free=$space_free disk="$space_size $space_free"
    printf "pgfork.disk = '%s'\n" "$disk" >"$disk_conf.new" && mv -f "$disk_conf.new" "$disk_conf"
    if [[ $phase ]]; then publish_status; fi
    if [[ $phase == running && ${server-} ]]; then kill -HUP "$server" 2>/dev/null; fi
    return 0
}

# is_full: measures at once. Postgres ends when it cannot make the next file of WAL, and less than that is left then. Storage that does
# not answer is not known to be full.
is_full() {
    local deadline=$((EPOCHSECONDS + measuring_limit))
    begin_measuring
    while kill -0 "$measuring" 2>/dev/null; do
        if ((stop_requested || EPOCHSECONDS >= deadline)); then return 1; fi
        next_event 0.02
    done
    take_measurement && lacks_space
}

lacks_space() {
    local segment=${control_data['Bytes per WAL segment']:-16777216}
    [[ $disk ]] && ((space_free < segment * 5 / 4))
}

# count_segments BYTES: leaves in REPLY how many files of WAL fit; more than five are as good as any number.
count_segments() {
    local segment=${control_data['Bytes per WAL segment']:-16777216}
    REPLY=$(($1 / segment < 5 ? $1 / segment : 5))
}

# stay_full TEXT: closed until there is space again. Now and then it is tried all the same: a server that starts removes
# temporary files.
stay_full() {
    local deadline=$((EPOCHSECONDS + retry_after))
    set_phase failed DiskFull "$1: $((space_free >> 20)) of $((space_size >> 20)) MiB of the volume are left; once it is larger (storage.size) this goes on by itself"
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
