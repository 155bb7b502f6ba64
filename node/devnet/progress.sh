#!/bin/sh
# Usage: progress.sh WHAT COMMAND...
#
# Runs a command and says after a second, and then every ten seconds, what is being
# done, for how long, and which package is compiled (go build -v, go vet -v name
# packages on standard error). What else the command writes there is passed on at its
# end, and its exit code is this script's.
what=$1
shift
log=$(mktemp "${TMPDIR:-/tmp}/progress.XXXXXX") || exit 1
began=$(date +%s)

say() {
	packages=$(grep -c '^[^ :#]*$' "$log")
	last=$(grep '^[^ :#]*$' "$log" | tail -n 1)
	echo "$what: $(($(date +%s) - began)) s, $packages packages compiled${last:+, $last}"
}

"$@" 2>"$log" &
command=$!
(
	wait=1
	# The command ends this; it ends itself where that was killed.
	while sleep $wait </dev/null >/dev/null 2>&1 && kill -0 $command 2>/dev/null; do
		say
		wait=10
	done
) &
ticker=$!
trap 'kill $command $ticker 2>/dev/null; wait $command; rm -f "$log"; exit 130' INT TERM
wait $command
code=$?
kill $ticker 2>/dev/null
wait $ticker 2>/dev/null
grep -v '^[^ :#]*$' "$log" >&2
rm -f "$log"
exit $code
