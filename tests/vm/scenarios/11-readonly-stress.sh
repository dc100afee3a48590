# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# Read-only sticks are plugged in and pulled out, four at once, 60 times (STRESS_PLUGS), while root
# tries without a pause to write to them: not once may that work, and their content may not change.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

plugs=${STRESS_PLUGS:-60}
result=$(guest -t 900 "stress $((plugs / 4))" | tail -n 1)
echo "# $result"
is "a stick came up in each of $plugs plugs" "$plugs" jq .came_up <<<"$result"
ok 'the writer met them, and could read them' jq -e \
	".writer.seen >= $plugs and .writer.read > 0" <<<"$result"
for way in opened_rw opened_wo written mounted_rw remounted_rw sg_opened; do
	is "never $way" 0 jq ".writer.$way" <<<"$result"
done
is 'the content has not changed' true jq .unchanged <<<"$result"
is 'each plug is in the ledger' "$plugs" jq .decided <<<"$result"
is 'each as read-only' '["read-only"]' jq -c .verdicts <<<"$result"
ok 'the chain holds' guest 'devgate ledger verify'
# udev is behind by now; what comes next wants its modules loaded in time
guest -t 300 'udevadm settle --timeout=280 || true'
