# shellcheck shell=bash
# lib.sh - checks for scenarios.  Each prints one line, "ok - NAME" or "not ok - NAME" and then
# what was seen; a scenario goes on after a failed check.
#
# Set before, by tests/vm/run: BIN, SITE, SCENARIO; the collector and the machine run.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=site.sh
. "$(dirname "${BASH_SOURCE[0]}")/site.sh"

report()
{
	local result=$1 name=$2 seen=${3:-}
	printf '%s - %s: %s\n' "$result" "$SCENARIO" "$name"
	[[ $result == ok || -z $seen ]] || printf '#   %s\n' "${seen//$'\n'/$'\n'#   }"
}

# ok NAME COMMAND…: the command succeeds.
ok()
{
	local name=$1 seen
	shift
	if seen=$("$@" 2>&1); then report ok "$name"; else report 'not ok' "$name" "$seen"; fi
}

# fails NAME COMMAND…: the command runs and does not succeed (a bench that broke does not count).
fails()
{
	local name=$1 seen status=0
	shift
	seen=$("$@" 2>&1) || status=$?
	if ((status > 0 && status < 124)); then
		report ok "$name"
	else
		report 'not ok' "$name" "status $status: $seen"
	fi
}

# is NAME EXPECTED COMMAND…: the command's output is this.
is()
{
	local name=$1 expected=$2 seen
	shift 2
	seen=$("$@" 2>&1) || true
	if [[ $seen == "$expected" ]]; then
		report ok "$name"
	else
		report 'not ok' "$name" "expected: $expected"$'\n'"seen:     $seen"
	fi
}

# Every line that the workstation has written is at the collector, byte by byte.
collector_has_all()
{
	local host ledger
	guest 'ledger; cat /var/lib/devgate/ledger/current >&2' >"$SITE/ledger.guest" \
		2>"$SITE/ledger.id"
	ledger=$(cat "$SITE/ledger.id")
	host=$(ctl --json hosts | jq -r '[.. | objects | select(has("hostname"))][-1].id')
	people_get "/api/v1/events/raw?host=$host&ledger=$ledger" >"$SITE/ledger.collector"
	cmp "$SITE/ledger.guest" "$SITE/ledger.collector"
}

people_get()
{
	jq -r .ca "$SITE/profile.json" >"$SITE/ca.pem"
	curl --silent --show-error --fail --cacert "$SITE/ca.pem" \
		--config <(jq -r '"header = \"Authorization: Bearer " + .token + "\""' \
			"$SITE/profile.json") "$(jq -r .url "$SITE/profile.json")$1"
}
