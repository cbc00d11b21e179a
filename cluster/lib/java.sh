# Finding the JDK. Sourced, never run.
# shellcheck shell=bash

JAVA_MAJOR=25

# find_java_home: prints the folder of a JDK 25, or nothing.
find_java_home() {
  local home
  for home in "${JAVA_HOME:-}" /usr/lib/jvm/*-"$JAVA_MAJOR"-* /usr/lib/jvm/*-"$JAVA_MAJOR" \
    "$(readlink -f "$(command -v java)" | sed 's#/bin/java$##')"; do
    grep -qs "^JAVA_VERSION=\"${JAVA_MAJOR}[.\"]" "$home/release" && [ -x "$home/bin/jlink" ] && echo "$home" && return
  done
  return 0 # found nothing: the caller says so
}
