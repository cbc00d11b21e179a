#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Builds the distributable of the kubectl plugin for this kind of machine, unless nothing that it is made of has changed.
# Prints the path of the archive, nothing else, on stdout; unpacked it lies in cli/target/dist.
set -euo pipefail
cd "$(dirname "$0")/.."
. cluster/lib/stamps.sh
. scripts/jdk25.sh

# What the program uses of the JDK. jdk.crypto.cryptoki and the like are not: keys come from the kubeconfig.
MODULES=java.base,java.logging,java.management,java.naming,java.net.http,java.security.jgss,java.sql,java.xml,jdk.unsupported
# What the JVM learns to start quickly.
REHEARSED=('--help' 'info' 'info -o json' 'fork shop' 'wait shop')

version=$(sed -n 's:.*<version>\(.*\)</version>.*:\1:p' pom.xml | head -n 1)
case $(uname -sm) in
  'Linux x86_64') platform=linux-amd64 ;;
  'Linux aarch64') platform=linux-arm64 ;;
  'Darwin x86_64') platform=darwin-amd64 ;;
  'Darwin arm64') platform=darwin-arm64 ;;
  *) platform=$(uname -sm | tr ' A-Z' '-a-z') ;;
esac
name=kubectl-pgfork-$version-$platform
archive=cli/target/$name.tar.gz
unpacked=cli/target/dist/$name
work=cli/target/training

jars() {
  rm -rf cli/target/lib
  scripts/mvn --quiet --projects cli --also-make -Pdist package -Dmaven.test.skip -Dspotless.check.skip >&2
  "$JAVA_HOME/bin/java" cli/dist/OneJar.java "$unpacked/lib/pgfork.jar" cli/target/lib/*.jar "cli/target/pgfork-cli-$version.jar"
}

runtime() {
  "$JAVA_HOME/bin/jlink" --add-modules "$MODULES" --strip-debug --no-header-files --no-man-pages \
    --output "$unpacked/runtime"
}

# The cache is made by a run against a server that only looks like a cluster's: none is needed to build.
cache() {
  local server kubeconfig=$work/kubeconfig
  rm -rf "$work"
  mkdir -p "$work"
  "$JAVA_HOME/bin/keytool" -genkeypair -alias training -keyalg EC -groupname secp256r1 -dname CN=localhost \
    -ext san=dns:localhost,ip:127.0.0.1 -ext bc:c -validity 2 -storetype PKCS12 -keystore "$work/keys" -storepass changeit >&2 2>/dev/null
  # It ends with its standard input.
  mkfifo "$work/until"
  "$JAVA_HOME/bin/java" cli/dist/TrainingServer.java cli/dist/training "$work/keys" "$kubeconfig" <"$work/until" >&2 &
  server=$!
  exec 3>"$work/until"
  while [ ! -e "$kubeconfig" ]; do
    kill -0 "$server" 2>/dev/null || return 1
    sleep 0.1
  done
  KUBECONFIG=$kubeconfig "$unpacked/runtime/bin/java" -XX:AOTCacheOutput="$unpacked/lib/pgfork.aot" \
    -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Dslf4j.internal.verbosity=ERROR \
    -cp "$unpacked/lib/pgfork.jar" dev.pgfork.cli.Rehearsal "${REHEARSED[@]}" >"$work/log" 2>&1
  exec 3>&-
  wait "$server" || true
}

mapfile -t sources < <(find scripts/plugin.sh pom.xml crds/pom.xml cli/pom.xml crds/src/main cli/src/main cli/dist -type f | LC_ALL=C sort)
made_from=$(fingerprint "$JAVA_HOME/release" "${sources[@]}")
if ! is_current "$archive" "$made_from"; then
  rm -rf cli/target/dist
  mkdir -p "$unpacked"/{bin,lib}
  jars
  runtime
  cache
  [ -s "$unpacked/lib/pgfork.aot" ] || { tail -n 20 "$work/log" >&2; exit 1; }
  cp cli/dist/kubectl-pgfork cli/dist/kubectl_complete-pgfork "$unpacked/bin"
  tar -C cli/target/dist -czf "$archive" "$name"
  mark_current "$archive" "$made_from"
fi
echo "$PWD/$archive"
