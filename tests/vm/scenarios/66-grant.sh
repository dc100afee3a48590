# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# An officer grants one stick at one workstation for a minute: it works, and is cut off at its end.
# What is granted to another workstation, for another stick, or beyond the policy, is not.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh
share=$VM_DIR/share

# grant_sign ID HOST SERIAL SPAN: into $share/ID.grant
grant_sign()
{
	rm -f "$share/$1.grant"
	ctl grant sign --id "$1" --host "$2" --device "46f4:0001:$3" --verdict allow --for "$4" \
		--key "$SITE/alice.key" --passphrase-file "$SITE/alice.pass" \
		--out "$share/$1.grant" --yes >>"$SITE/policy.log" 2>&1 ||
		{ tail -n 3 "$SITE/policy.log" >&2; return 1; }
}

# offered NAME REASON ID: hand it over as the user devgate, and look for the refusal.
offered()
{
	local seq seen
	seq=$(guest last_seq)
	seen=$(guest "setpriv --reuid devgate --regid devgate --init-groups offer \
		/run/devgate/control.sock grants /run/bench/$3.grant") && seen="applied: $seen"
	is "$1 is refused" "$2" jq -r .refused <<<"$seen"
	is "$1 is recorded" "grants $2" guest "ledger | tail -n +$((seq + 1)) |
		grep -F policy.refused | tail -n 1 | jq -r '.role + \" \" + .reason'"
}

# shut NAME SERIAL: it is denied, and has no disk.
shut()
{
	ok "$1" guest -t 100 "no_disk() { ! disk $2; }
		within 90 decided_as $2 'deny default:storage' && within 20 no_disk"
}

shown_as()
{
	ctl --json grant list | jq -r --arg id "$1" '.grants[] | select(.id == $id).state'
}

# A second workstation, of which the collector knows no more than that it has enrolled.
enrol_other()
{
	local machine
	machine=$(sha256sum <<<other | cut -d' ' -f1)
	ctl token create --unit finance --out "$SITE/other.json" >/dev/null
	jq -r .ca "$SITE/other.json" >"$SITE/other.ca"
	certtool --generate-privkey --key-type ecdsa --curve secp256r1 --outfile "$SITE/other.key" \
		2>/dev/null
	echo 'cn = other' >"$SITE/other.template"
	certtool --generate-request --load-privkey "$SITE/other.key" --template \
		"$SITE/other.template" --outfile "$SITE/other.csr" 2>/dev/null
	jq --arg machine "$machine" --rawfile csr "$SITE/other.csr" '{ token, hostname: "other",
		machine_id: $machine, csr: $csr, version: "0.1.0" }' "$SITE/other.json" |
		curl --silent --show-error --fail --cacert "$SITE/other.ca" --data-binary @- \
			"https://127.0.0.1:$(agents_port)/v1/enroll" >/dev/null
}

host=$(ctl --json hosts | jq -r '.hosts[-1].id')
stick "$SITE/granted.img" GRANTED
stick "$SITE/other.img" OTHER
ok 'a second workstation enrols' enrol_other
fails 'under a policy that lets nothing be granted, nothing is signed' \
	grant_sign early "$host" GRANTED 1m
ok 'a policy that lets sticks be granted comes into force' policy_push policies/grants.json
plug_stick one GRANTED "$SITE/granted.img"
shut 'a stick is denied' GRANTED

ok 'an officer grants it for a minute' grant_sign g-1 "$host" GRANTED 1m
ok 'and gives that to the collector' ctl grant publish "$share/g-1.grant"
ok 'it works' guest -t 60 'within 30 decided_as GRANTED "allow grant:g-1" &&
	within 20 disk_ready GRANTED'
is 'the record says that the grant did it' grant \
	guest 'lines device.changed GRANTED | tail -n 1 | jq -r .cause'
is 'and that it was used' 'g-1 allow' \
	guest 'lines grant.used GRANTED | tail -n 1 | jq -r ".grant + \" \" + .verdict"'
is 'and who signed it' alice guest 'ledger | grep policy.applied | tail -n 1 | jq -r ".signers[0]"'
ok 'status tells of it' guest 'devgate status | grep -q "g-1.*46f4:0001:GRANTED"'
ok 'explain names the step' guest "port=\$(devgate devices --json | jq -r '.devices[] | select(.device.serial == \"GRANTED\").device.port')
	devgate explain \$port | grep -q grant.*g-1"
guest 'systemctl restart devgate-enforcer.service; within 20 agent_is_active'
ok 'it works on after a restart of the agent' guest -t 30 \
	'within 20 decided_as GRANTED "allow grant:g-1" && disk_ready GRANTED'

plug_stick two OTHER "$SITE/other.img"
shut 'another stick is denied meanwhile' OTHER
vm unplug two
ok 'a grant for the other workstation is signed' grant_sign g-other other OTHER 5m
offered 'a grant for another workstation' other-host g-other
jq -c '.payload |= (@base64d | fromjson | .until = "2099-01-01T00:00:00Z" | tojson | @base64)' \
	"$share/g-1.grant" >"$share/g-longer.grant"
offered 'a grant that was changed after it was signed' bad-signature g-longer
ok 'a grant for five minutes is signed' grant_sign g-5 "$host" OTHER 5m

shut 'after its minute the stick is cut off' GRANTED
guest 'systemctl restart devgate-enforcer.service; within 20 agent_is_active'
shut 'and denied after a restart of the agent' GRANTED
guest 'date -s "-90 seconds" >/dev/null; systemctl restart devgate-enforcer.service
	within 20 agent_is_active'
shut 'and when the clock is set back' GRANTED
offered 'the same grant once more' old-version g-1
guest 'date -s "+90 seconds" >/dev/null'
vm unplug one

ok 'the desk, where nothing may be granted' policy_push policies/desk.json
offered 'a grant beyond the policy in force' beyond-policy g-5
plug_stick two OTHER "$SITE/other.img"
shut 'so its stick is denied' OTHER
vm unplug two
is 'the collector shows that it is over' over shown_as g-1
ok 'the chain holds' guest 'devgate ledger verify'
