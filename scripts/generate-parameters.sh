#!/usr/bin/env bash
# Prints the table of Postgres' settings that the operator checks spec.parameters against, as real servers describe them:
#   scripts/generate-parameters.sh 15=BINARIES 16=BINARIES 17=ROOT:BINARIES … \
#     >operator/src/main/resources/dev/pgfork/operator/postgres/parameters.tsv
# BINARIES is the folder of initdb and postgres, ROOT a root file system that they lie in (as cluster/images/postgres-rootfs.sh
# makes one). Take the newest minor release of each major version. Needs root, for chroot.
set -euo pipefail

ASK="COPY (SELECT name, context, vartype, coalesce(unit, ''),
            CASE WHEN context = 'internal' THEN '' ELSE coalesce(min_val, '') END,
            CASE WHEN context = 'internal' THEN '' ELSE coalesce(max_val, '') END,
            coalesce(array_to_string(enumvals, ','), '')
       FROM pg_settings) TO '%s'"

# settings MAJOR ROOT BINARIES: a line for each setting, led by the major version. No server is started: single-user mode will do.
settings() {
  local major=$1 root=$2 binaries=$3 inside folder
  folder=$(mktemp -d "${root%/}/tmp/parameters.XXXXXX")
  inside=/tmp/${folder##*/}
  chown nobody "$folder"
  as_nobody() { chroot --userspec=nobody:nogroup "$root" env LC_ALL=C TZ=UTC "$@"; }
  as_nobody "$binaries/initdb" -D "$inside/data" -U postgres -A trust --no-sync >/dev/null
  # shellcheck disable=SC2059  # the format is ours
  printf "${ASK//$'\n'/ }" "$inside/settings" |
    as_nobody "$binaries/postgres" --single -D "$inside/data" postgres >/dev/null 2>&1
  sed "s/^/$major\t/" "$folder/settings"
  rm -rf --one-file-system "$folder"
}

# Servers that describe a setting alike share a line: name, first and last major version, description. The longest list of
# values wins: a server built without a library (lz4, zstd) lacks those that need it.
merge() {
  awk -F '\t' -v OFS='\t' '
    { key = $2 OFS $3 OFS $4 OFS $5 OFS $6 OFS $7 }
    !(key in first) || $1 < first[key] { first[key] = $1 }
    !(key in last) || $1 > last[key] { last[key] = $1 }
    length($8) >= length(values[key]) { values[key] = $8 }
    END { for (key in first) { name = description = key
            sub(/\t.*/, "", name); sub(/^[^\t]*\t/, "", description)
            print name, first[key], last[key], description, values[key] } }' |
    LC_ALL=C sort -t $'\t' -k1,1 -k2,2n
}

(($# > 0)) || { sed -n '2,6s/^# //p' "$0" >&2; exit 2; }
printf '# Made by scripts/generate-parameters.sh\n'
printf '# name\tsince\tuntil\tcontext\ttype\tunit\tmin\tmax\tvalues\n'
for server in "$@"; do
  place=${server#*=}
  case $place in
    *:*) settings "${server%%=*}" "${place%%:*}" "${place#*:}" ;;
    *) settings "${server%%=*}" / "$place" ;;
  esac
done | merge
