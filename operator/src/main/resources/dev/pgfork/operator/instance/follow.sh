# shellcheck shell=bash
# What a standby needs to follow its leader. It runs in PID 1, too: no $(…), see instance.sh.

# write_leader: what postgresql.conf includes, and the password beside it. A primary's are empty. A reload puts it in force.
write_leader() {
    if [[ $role != standby ]]; then
        : >"$leader_conf" && rm -f "$leader_pass"
        return
    fi
    local conninfo
    leader_conninfo && conninfo=$REPLY && {
        # The password stays out of it: anyone with pg_read_all_settings may see what is in the configuration.
        printf "primary_conninfo = '%s'\n" "$conninfo"
        printf "primary_slot_name = '%s'\n" "$PGFORK_SLOT"
        printf '%s\n' "recovery_target_timeline = 'latest'" "wal_retrieve_retry_interval = '500ms'" "wal_receiver_timeout = '15s'"
    } >"$leader_conf.new" && mv -f "$leader_conf.new" "$leader_conf"
}

# leader_conninfo: leaves in REPLY how to reach the leader. verify-full against the common authority, and a password of
# this instance's own, keep it from ever streaming from another server. The WAL receiver ignores connect_timeout: without
# tcp_user_timeout it would wait two minutes for the address of a pod that is gone, where nobody refuses it.
leader_conninfo() {
    local password host=${leader%:*} leader_port=5432
    [[ $leader =~ $leader_pattern ]] || return
    if [[ $leader == *:* ]]; then leader_port=${leader##*:}; fi
    { read -r password <"$roles/replication.password" || [[ $password ]]; } 2>/dev/null || return
    password=${password//\\/\\\\}
    printf '*:*:*:*:%s\n' "${password//:/\\:}" >"$leader_pass.new" && mv -f "$leader_pass.new" "$leader_pass" || return
    REPLY="host=$host port=$leader_port user=pgfork_replica_$PGFORK_NAME application_name=$PGFORK_NAME"
    REPLY+=" passfile=$leader_pass sslmode=verify-full sslrootcert=$conf/ca.crt channel_binding=require gssencmode=disable connect_timeout=5 tcp_user_timeout=5000"
}

# Recovery on a standby stops where the primary had more of these than it has itself. Fills `settings`.
raise_to_leader() {
    local pair name configured output=$run/configured.$BASHPID
    for pair in "${replay_limits[@]}"; do
        name=${pair%%:*}
        postgres -C "$name" -D "$pgdata" --config_file="$conf/postgresql.conf" >"$output" 2>/dev/null && read -r configured <"$output" || configured=0
        if ((configured < control_data[${pair#*:}])); then settings+=("$name=${control_data[${pair#*:}]}"); fi
    done
    rm -f "$output"
}

# A full copy of the leader, made beside its place and moved there complete.
copy_leader() {
    if [[ -e $pgdata ]]; then return; fi
    begin basebackup
    rm -rf "$new_pgdata"
    leader_conninfo || fail Misconfigured "there is no leader to copy, or no password for it"
    pg_basebackup -D "$new_pgdata" -d "$REPLY" -w -X stream -S "$PGFORK_SLOT" -c fast --no-manifest >/dev/null 2>"$private/log" 8>&- || {
        local text=
        read -r text <"$private/log"
        fail BaseBackupFailed "the leader $leader could not be copied: $text"
    }
    read_control_data "$new_pgdata" && [[ ${control_data['Database system identifier']} == "$PGFORK_SYSTEM_IDENTIFIER" ]] ||
        fail WrongSystemIdentifier "the leader $leader is not the system $PGFORK_SYSTEM_IDENTIFIER"
    drop_configuration "$new_pgdata"
    sync "$new_pgdata" && mv "$new_pgdata" "$pgdata" && sync "$volume" ||
        fail VolumeUnwritable "the copy cannot be moved into its place"
}
