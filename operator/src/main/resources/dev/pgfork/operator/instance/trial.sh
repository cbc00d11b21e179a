# shellcheck shell=bash
# What a server does not start with is taken back. A configuration is proved by a server that opened with it; one that is not, and with
# which the server ends before it opens, gives way to the last one that was, without anybody being asked. Runs in PID 1: no $(…), see
# instance.sh.

readonly tried=$run/tried proved=$run/proved suspect=$run/suspect   # postgresql.conf, as the server was started with it
readonly asking_limit=10    # seconds that a server has to say why it does not start

# A link, because a reload may bring another file before the server opens.
note_tried() { ln -f "$conf/postgresql.conf" "$tried" 2>/dev/null || rm -f "$tried"; }

# The server has opened. If it could not with another configuration, and can with this one, then that one is to blame.
note_proved() {
    if [[ -e $suspect ]]; then
        read_revision "$suspect"
        say "configuration $REPLY is rejected: $rejection"
        json_object revision "$REPLY" message "$rejection"
        printf '%s\n' "$REPLY" >"$rejected_file.new" && mv -f "$rejected_file.new" "$rejected_file" && rm -f "$suspect"
    fi
    if [[ -e $tried ]]; then mv -f "$tried" "$proved"; fi
}

# take_back STATUS: the server ended by itself, with that status. Succeeds if it is to be started again at once, with the
# configuration that is proved.
take_back() {
    if [[ $opened || ! -e $tried ]]; then return 1; fi
    if [[ -e $suspect ]]; then
        # It does not start with the one that is proved either: it was something else.
        mv -f "$suspect" "$conf/postgresql.conf"
        return 1
    fi
    is_new || return
    read_revision "$tried"
    set_phase starting ConfigurationRejected "the server does not start with configuration $REPLY: it goes back to the one before"
    rejection="the server ended with status $1 before it opened; its log says why"
    # Asked once more it would have opened: it was something else.
    ask_why || return
    write_proved "$conf/postgresql.conf.new" && mv -f "$tried" "$suspect" && mv -f "$conf/postgresql.conf.new" "$conf/postgresql.conf"
}

# Whether the server was started with other settings than those that are proved. For whom commits wait changes with the members.
is_new() {
    local settings waited_for
    [[ -e $proved ]] || return
    read_settings "$tried" && settings=$REPLY && read_settings "$proved" && [[ $settings != "$REPLY" ]]
}

# read_settings FILE: leaves in REPLY its lines but for the revision, and for whom commits wait; the line of that in `waited_for`.
read_settings() {
    local setting text=''
    waited_for=''
    while IFS= read -r setting; do
        case $setting in
            'pgfork.revision '*) ;;
            'synchronous_standby_names '*) waited_for=$setting ;;
            *) text+=$setting$'\n' ;;
        esac
    done <"$1"
    REPLY=$text
}

# write_proved FILE: the proved configuration, but commits go on waiting for whom they waited: what was promised is not taken back.
write_proved() {
    local waited_for names revision
    read_revision "$proved"
    revision=$REPLY
    read_settings "$tried" && names=$waited_for
    read_settings "$proved"
    printf '%s\n%s\n%s' "$names" "pgfork.revision = '$revision'" "$REPLY" >"$1"
}

# Leaves in `rejection` the server's own first words of why it does not start. They went to the container's log, so it is asked once
# more, where no client reaches it. Fails if it opens then.
ask_why() {
    local server words=$run/words text says='' deadline=$((EPOCHSECONDS + asking_limit))
    start_postmaster listen_addresses= unix_socket_directories="$private" >"$words" 2>&1
    while kill -0 "$server" 2>/dev/null; do
        next_event 0.02
        postmaster_says "$pgdata" "$server"
        says=$REPLY
        if [[ $says == ready || $says == standby || $event == wake ]] || ((stop_requested || EPOCHSECONDS >= deadline)); then break; fi
    done
    while kill -INT "$server" 2>/dev/null; do next_event 0.02; done
    wait "$server"
    end_orphans
    while IFS= read -r text; do
        # What the postmaster finds before it can log anything begins with its name.
        if [[ $text == *FATAL:\ * || $text == 'postgres: '* ]]; then
            text=${text#*FATAL:} text=${text#postgres:}
            rejection=${text#"${text%%[! ]*}"}
            break
        fi
    done <"$words"
    rm -f "$words"
    [[ $says != ready && $says != standby ]]
}
