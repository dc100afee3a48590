# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# The power fails with devices plugged in: what was decided before is on disk, the ledger is whole,
# and devices that are there at boot are judged before anything else can use them.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

stick "$SITE/rw.img" REGISTERED
stick "$SITE/unknown.img" UNKNOWN
plug_stick rw REG-RW "$SITE/rw.img"
plug_stick unknown NOBODYS "$SITE/unknown.img"
guest 'within 20 disk_ready REG-RW; ledger' >"$SITE/ledger.before"
vm reset
vm wait
ok 'the machine comes up again' guest 'within 20 agent_is_active'
guest ledger >"$SITE/ledger.after"
ok 'every line from before is there' \
	cmp -n "$(stat -c %s "$SITE/ledger.before")" "$SITE/ledger.before" "$SITE/ledger.after"
ok 'the chain holds' guest 'devgate ledger verify'
is 'the record tells that it was not shut down' crash \
	guest 'lines agent.started | tail -n 1 | jq -r .after'
ok 'the sticks are judged again' guest \
	"within 30 decided_since $(wc -l <"$SITE/ledger.before") REG-RW &&
	within 30 decided_since $(wc -l <"$SITE/ledger.before") NOBODYS"
is 'the registered one as before' 'allow registered:A-001' guest 'decided REG-RW'
is 'the unknown one as before' 'deny default:storage' guest 'decided NOBODYS'
is 'and it has no interface' absent guest 'driver NOBODYS 0'
ok 'the policy is still in force' guest "policy_is $(bundle_version "$SITE/bundle")"
ok 'the collector has it all' eventually 60 collector_has_all
vm unplug rw
vm unplug unknown
