#!/usr/bin/env bash
# An example for continuous integration: checks the manifest, makes the clips, and leaves what a CI system shows.
#
#   scripts/ci/clips.sh jobs.toml RESULTS
#
# Exit code 0: all is well. 1: a job failed or gave no clip, or a limit of [alerts] is passed. Others: `opusclip help exit-codes`;
# 75 means that the same command may do better later, and goes on where this one stopped.
# Keep the folder of OPUSCLIP_CACHE_DIR from run to run: what is in it is not computed again.

set -euo pipefail

manifest=${1:?a manifest}
results=${2:?a folder for the results}
opusclip=${OPUSCLIP:-opusclip}

mkdir -p "$results"
"$opusclip" doctor
"$opusclip" config validate "$manifest"
"$opusclip" process "$manifest" --output "$results" --dry-run

code=0
"$opusclip" process "$manifest" --output "$results" --metrics "$results/opusclip.prom" \
    --fail-on-alert --fail-on-no-clips --format ndjson >"$results/events.ndjson" || code=$?

# Whatever the end was, what is known of it is kept for people and for programs.
if [ -e "$results/report.json" ]; then
    "$opusclip" report "$results/report.json" --markdown >"$results/summary.md"
    "$opusclip" report "$results/report.json" --junit >"$results/junit.xml"
    [ -z "${GITHUB_STEP_SUMMARY:-}" ] || cat "$results/summary.md" >>"$GITHUB_STEP_SUMMARY"
fi
exit "$code"
