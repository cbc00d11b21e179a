# Sets JAVA_HOME to a JDK 25: the one it names already, one of /usr/lib/jvm, or the one on the PATH; else root gets one
# from the package lists where they have it. Sourced, never run.
# shellcheck shell=bash source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/../cluster/lib/java.sh"

JAVA_HOME=$(find_java_home)
if [ -z "$JAVA_HOME" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  for package in openjdk-$JAVA_MAJOR-jdk-headless temurin-$JAVA_MAJOR-jdk; do
    apt-get install -y --no-install-recommends "$package" >&2 2>/dev/null && break
  done
  JAVA_HOME=$(find_java_home)
fi
if [ -z "$JAVA_HOME" ]; then
  echo "pgfork needs a JDK $JAVA_MAJOR: install one (https://adoptium.net) and set JAVA_HOME to its folder." >&2
  exit 1
fi
export JAVA_HOME
