#!/usr/bin/env bash
# test-totals.sh FILE: what the test reports that are newer than FILE say, in one line: N passed, N failed, N skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

find . -path '*/target/*-reports/TEST-*.xml' -newer "$1" -exec grep -h -m1 -E '^<testsuite ' {} + | awk '
  function count(what) { return match($0, " " what "=\"[0-9]+") ? substr($0, RSTART + length(what) + 3, RLENGTH - length(what) - 3) : 0 }
  { tests += count("tests"); failed += count("failures") + count("errors"); skipped += count("skipped") }
  END { printf "%d passed, %d failed, %d skipped\n", tests - failed - skipped, failed, skipped }'
