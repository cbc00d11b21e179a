#!/usr/bin/env bash
# Checks the documents: relative links, and what the sources say of documents, lead somewhere; docs/operations.md explains
# exactly the reasons that there are.
set -euo pipefail
cd "$(dirname "$0")/.."

REASONS=docs/operations.md
SCRIPTS=operator/src/main/resources/dev/pgfork/operator/instance
OPERATOR=operator/src/main/java/dev/pgfork/operator
# Where reasons are decided. Any word like one in these files is taken for one unless it is listed below.
DECIDING=("$OPERATOR"/{cut,database,follower,fork,standby,storage,status} "$OPERATOR"/action/{FailureText,ParameterChange,PodReplacement,StayingFollowers,VolumePlanner}.java
  "$OPERATOR"/{FollowedLeaders,ForkableSources}.java "$OPERATOR"/instance/{InstanceDiagnosis,Trial}.java "$OPERATOR"/postgres/ForkSafety.java)
# Condition types, values of theirs and of Kubernetes' fields, and the kubelet's own reasons.
NOT_REASONS='Ready Reconciling Stalled Forkable Followable Synchronous OwnInstance ParametersInForce PodCurrent CopyOnWrite DiskSpace True False Unknown
  ConfigurationRejected Restart Bound Lost Pending Running Retain PodScheduled Unschedulable DeadlineExceeded PodInitializing CrashLoopBackOff
  ErrImagePull ErrImageNeverPull ImagePullBackOff ImageInspectError InvalidImageName RegistryUnavailable
  SignatureValidationFailed ControllerResizeError NodeResizeError Infeasible
  VolumeResizeFailed FileSystemResizeFailed FileSystemResizePending'

failed=0
complain() {
  printf '%s\n' "$*" >&2
  failed=1
}

check_links() {
  local file link
  while IFS=: read -r file link; do
    link=${link#](}
    link=${link%%[)#]*}
    case $link in '' | *://* | mailto:*) continue ;; esac
    [ -e "$(dirname "$file")/$link" ] || complain "$file: the link to $link leads nowhere"
  done < <(git ls-files --cached --others --exclude-standard '*.md' | xargs grep -oHE '\]\([^) ]+\)')
}

reasons_of_the_code() {
  local word='[A-Z][a-z]+([A-Z]+[a-z]+)*'
  {
    grep -rhoE "\"$word\"" --include='*.java' "${DECIDING[@]}" | tr -d '"'
    grep -hoE "failure:-$word" "$SCRIPTS"/*.sh | grep -oE "$word\$"
    grep -hoE "(fail|refuse_to_start|stay_closed|set_phase failed|reason=) ?$word\b" "$SCRIPTS"/*.sh | grep -oE "$word\$"
  } | sort -u | comm -23 - <(tr -s ' \n' '\n' <<<"$NOT_REASONS" | sort -u)
}

# Comments and messages that send their reader to a document.
check_mentions() {
  local file document
  while IFS=: read -r file document; do
    [ -e "$document" ] || complain "$file: there is no $document"
  done < <(git grep --untracked -oE '\bdocs/[a-z0-9/-]+\.md\b' -- ':!docs/adr')
}

check_reasons() {
  local reason given
  given=$(reasons_of_the_code)
  while read -r reason; do
    grep -q "\`$reason\`" "$REASONS" ||
      complain "$REASONS does not explain the reason $reason. (If it is none: NOT_REASONS in scripts/check-docs.sh)"
  done <<<"$given"
  # The other way round: the first column of its tables.
  while read -r reason; do
    grep -qx "$reason" <<<"$given" || [ "$reason" = Ready ] ||
      complain "$REASONS explains the reason $reason, which the code does not give any more"
  done < <(sed -nE 's/^\| (`[A-Z][^|]*) \|.*/\1/p' "$REASONS" | grep -oE '[A-Z][A-Za-z]+')
}

check_links
check_mentions
check_reasons
exit $failed
