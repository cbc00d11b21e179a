#!/bin/bash
# Runs in a pod without the volume, before an instance gets another image: whether that has what the instance script needs. Its finding
# is the termination message; it ends with 0, or with 1 if the image is unfit, or with 2 if it is of another major version.
#
# try-image.sh MAJOR [FILE]: MAJOR is the running server's
set -u
export LC_ALL=C

readonly major=$1 finding=${2-/dev/termination-log}

find_out() {
    local status=$1
    shift
    printf '%s' "$*" >"$finding"
    exit "$status"
}

((BASH_VERSINFO[0] >= 5)) || find_out 1 "its bash is ${BASH_VERSION}, and 5 or later is needed"

# As instance.sh looks for them.
command -v postgres >/dev/null || for bin in /usr/lib/postgresql/*/bin; do PATH=$bin:$PATH; done
hash postgres 2>/dev/null || find_out 1 'it has no program postgres'
PATH=${BASH_CMDS[postgres]%/*}:$PATH
version=$(postgres --version 2>&1) || find_out 1 "postgres --version fails: $version"
[[ $version =~ \(PostgreSQL\)\ ([0-9]+) ]] || find_out 1 "its postgres is no PostgreSQL: $version"
[[ ${BASH_REMATCH[1]} == "$major" ]] || find_out 2 "it has $version"

missing=()
for program in initdb pg_basebackup pg_controldata pg_ctl pg_isready psql \
    cat chmod cp flock head kill ln mkdir mkfifo mktemp mv rm sleep stat sync timeout; do
    command -v "$program" >/dev/null || missing+=("$program")
done
((${#missing[@]} == 0)) || find_out 1 "it lacks ${missing[*]}"
id -un >/dev/null 2>&1 || find_out 1 "it has no user with the id $EUID, which Postgres runs as"
find_out 0 "$version"
