# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# The collector is away while devices come and go: they are judged and recorded all the same, and
# when it is back every event arrives once, in order.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

# Those that scenarios before this one have left, and others.
list_findings()
{
	ctl --json findings | jq -c '[.findings[] | [.kind, .time]]'
}

findings=$(list_findings)
stick "$SITE/rw.img" REGISTERED
stick "$SITE/unknown.img" UNKNOWN
ok 'the collector stops' collector_stop
seq=$(guest last_seq)
for _ in 1 2 3; do
	plug_stick rw REG-RW "$SITE/rw.img"
	plug_stick unknown NOBODYS "$SITE/unknown.img"
	vm unplug rw
	vm unplug unknown
	guest 'within 10 absent REG-RW; within 10 absent NOBODYS'
done
is 'six arrivals were judged without it' 6 \
	guest "sleep 1; ledger | tail -n +$((seq + 1)) | grep -c device.decided"
guest 'systemctl restart devgate-reporter'
ok 'it starts again' collector_start
ok 'every event arrives, byte by byte' eventually 90 collector_has_all
host=$(ctl --json hosts | jq -r '[.. | objects | select(has("hostname"))][-1].id')
ok 'an auditor finds the chain whole' ctl events verify --host "$host"
is 'and there are no new findings' "$findings" list_findings
