#!/bin/sh
# Usage: progress.sh WHAT COMMAND...
#
# Runs a command and says on standard error after a second, and then every ten seconds,
# what is being done and for how long. Where the command has -v, as go build -v and
# go vet -v, the packages that it names on standard error are counted and the last is
# said; what else it writes there is passed on at its end. The command's exit code is
# this script's.
what=$1
shift
case " $* " in
*" -v "*) named=1 ;;
*) named= ;;
esac
log=$(mktemp "${TMPDIR:-/tmp}/progress.XXXXXX") || exit 1
began=$(date +%s)

say() {
	packages= last=
	if [ -n "$named" ]; then
		packages=", $(grep -c '^[^ :#]\{1,\}$' "$log") packages compiled"
		last=$(grep '^[^ :#]\{1,\}$' "$log" | tail -n 1)
	fi
	echo "$what: $(($(date +%s) - began)) s$packages${last:+, $last}" >&2
}

if [ -n "$named" ]; then
	"$@" 2>"$log" &
else
	"$@" &
fi
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
grep -v '^[^ :#]\{1,\}$' "$log" >&2
rm -f "$log"
exit $code
