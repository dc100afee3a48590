# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# A policy under which the collector is not reached goes back to the one before; it is not taken
# again at once, but the next one is.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

drop_in=/run/systemd/system/devgate-enforcer.service.d
within_s=45

# What the agent says of its policy: policy_says FILTER EXPECTED
says='policy_says() { [[ $(devgate status --json | jq -c ".policy$1") == "$2" ]]; }'

# The last record of this kind: last KIND FILTER
last='last() { lines "$1" | tail -n 1 | jq -c "$2"; }'

confirmed()
{
	guest -t 60 "$last; confirmed() { [[ \$(last policy.confirmed .version) == $1 ]]; }
		within 40 confirmed"
}

signed()
{
	policy_draft "$1" && ctl policy approve "$SITE/bundle" --key "$SITE/bob.key" \
		--passphrase-file "$SITE/bob.pass" --yes >>"$SITE/policy.log" 2>&1
}

# The collector has the workstation at this version.
host_is_at()
{
	[[ $(ctl --json hosts | jq '[.. | objects | select(has("hostname"))][-1].policy') == "$1" ]]
}

# The collector shows that it took this one back.
host_took_back()
{
	[[ $(ctl --json hosts | jq '[.. | objects | select(has("hostname"))][-1].rolled_back') == "$1" ]]
}

# The collector has the record that this version was taken back.
collector_has_rolled_back()
{
	ctl --json events --kind policy.rolled-back |
		jq -es --argjson from "$1" '[.. | objects | select(.from? == $from)] | length > 0'
}

restart_enforcer()
{
	guest -t 60 'systemctl daemon-reload
		systemctl restart devgate-enforcer.service; within 20 agent_is_active'
}

# the watchdog must not end the agent while it is stopped below
guest "mkdir -p $drop_in; printf '%s\n' '[Service]' ExecStart= \
	'ExecStart=/usr/libexec/devgate/devgate-enforcer --confirm-within=$within_s' \
	WatchdogSec=120 >$drop_in/confirm.conf"
ok 'the agent takes a shorter time' restart_enforcer
fails 'it does not take one that is too short' guest \
	'/usr/libexec/devgate/devgate-enforcer --confirm-within=29 --run-dir=/nowhere'

ok 'a policy comes into force' policy_push policies/desk.json
before=$(bundle_version "$SITE/bundle")
ok 'and is confirmed, as the collector is reached' confirmed "$before"
is 'it is not provisional any more' null guest 'devgate status --json | jq .policy.provisional'
stick "$SITE/unknown.img" UNKNOWN
plug_stick unknown NOBODYS "$SITE/unknown.img"
is 'an unknown stick is denied by it' 'deny default:storage' guest 'decided NOBODYS'

# The next one is handed over, but the collector goes before the agent has looked at it.
ok 'another is signed' signed policies/any-stick.json
next=$(bundle_version "$SITE/bundle")
guest 'kill -STOP "$(systemctl show -P MainPID devgate-enforcer.service)"'
ok 'and published' ctl policy publish "$SITE/bundle"
ok 'the reporter hands it over' guest -t 60 \
	'offered() { (($(grep -cF /run/devgate/control.sock /proc/net/unix) > 1)); }
	within 30 offered && pause 3 && offered'
ok 'the collector stops' collector_stop
guest 'kill -CONT "$(systemctl show -P MainPID devgate-enforcer.service)"'
ok 'it is in force' guest -t 40 "within 30 policy_is $next"
is 'provisionally, over the one before' "$before" \
	guest 'devgate status --json | jq .policy.provisional.previous'
ok 'which people are told' guest 'LC_ALL=C devgate status | grep -F "provisional until"'
ok 'the stick works' guest -t 40 \
	"within 20 decided_as NOBODYS 'allow rule:any-stick' && within 10 disk_ready NOBODYS"
ok 'a restart of the agent does not make it longer' guest -t 60 \
	'deadline() { date -d "$(devgate status --json | jq -r .policy.provisional.until)" +%s; }
	before=$(deadline); systemctl restart devgate-enforcer.service; within 20 agent_is_active
	after=$(deadline); echo "$before $after"; ((after - before < 3 && before - after < 3))'

ok 'nobody confirms: the one before is in force again' guest -t 120 \
	"within $((within_s + 30)) policy_is $before"
ok 'and the stick is shut again' guest -t 40 "no_disk() { ! disk NOBODYS; }
	within 20 decided_as NOBODYS 'deny default:storage' && within 20 no_disk"
is 'that is in the record' "[\"policy\",$next,$before]" \
	guest "$last; last policy.rolled-back '[.role, .from, .to]'"
ok 'and status tells it' guest "$says; policy_says .rolled_back $next"
ok 'also after a restart' restart_enforcer
ok 'it is the one before' guest "$says; policy_is $before && policy_says .provisional null &&
	policy_says .rolled_back $next"

guest 'systemctl restart devgate-reporter.service' # asks without waiting for its back-off
ok 'the collector starts again' collector_start
ok 'it has the record' eventually 90 collector_has_rolled_back "$next"
ok 'it offers the version again, which is refused' guest -t 90 \
	"$last; refused() { [[ \$(last policy.refused '[.version, .reason]') == '[$next,\"rolled-back\"]' ]]; }
	within 80 refused"
ok 'the one before stays' guest "policy_is $before"
ok 'and the collector shows it' eventually 90 host_is_at "$before"
ok 'and which one was taken back' eventually 90 host_took_back "$next"

ok 'a higher version is taken' policy_push policies/lab.json
version=$(bundle_version "$SITE/bundle")
ok 'and confirmed' confirmed "$version"
is 'nothing is left of the one taken back' '[null,0]' \
	guest 'devgate status --json | jq -c "[.policy.provisional, .policy.rolled_back]"'
vm unplug unknown

guest "rm -r $drop_in"
ok 'back to the usual time' restart_enforcer
ok 'back to desk' policy_push policies/desk.json
ok 'which is confirmed' confirmed "$(bundle_version "$SITE/bundle")"
ok 'the chain holds' guest 'devgate ledger verify'
