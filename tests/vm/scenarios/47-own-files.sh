# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# An agent that looks after itself: its own files changed, its configuration edited, stopped,
# signalled; and how its processes are confined.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

host_is()
{
	[[ $(ctl --json hosts | jq -r ".hosts[0].state") == "$1" ]]
}

has_finding()
{
	[[ $(ctl --json findings | jq --arg kind "$1" '[.findings[] | select(.kind == $kind)] | length') -gt 0 ]]
}

# What agent.tampered and agent.restored said after a line: "path fault" each.
found='ledger | tail -n +$((seq + 1)) | jq -r "select(.kind == \"agent.tampered\" or .kind == \"agent.restored\") |
	\"\(.path) \(.fault // \"restored\")\"" | sort'
restart='systemctl restart devgate-enforcer; within 30 agent_is_active
	within 60 bash -c "devgate status --json | jq -e \".own_files_changed != null\" >/dev/null"'

guest "$restart"
is 'installed, nothing is wrong' 0 guest 'devgate status --json | jq .own_files_changed'
ok 'what the package is made of is recorded' guest \
	'[[ $(lines agent.installed | tail -n 1 | jq -r .files) == $(sha256sum </usr/share/devgate/files.sha256 | cut -d" " -f1) ]]'
ok 'every program, unit and rule is in the list' guest \
	'for f in /usr/libexec/devgate/* /usr/bin/devgate /lib/systemd/system/devgate-* /lib/udev/rules.d/*devgate*; do
		grep -qF "  $f" /usr/share/devgate/files.sha256 || { echo "$f"; exit 1; }
	done'

seq=$(guest last_seq)
guest "cp -a /usr/libexec/devgate/devgate-settle /run/settle; cp -a /etc/devgate/trust-root.json /run/trust
	echo >>/usr/libexec/devgate/devgate-settle; echo >>/etc/devgate/trust-root.json
	mv /usr/lib/tmpfiles.d/devgate.conf /run/tmpfiles; chmod g+w /usr/bin/devgate
	$restart"
is 'each change is found at start' "/usr/bin/devgate exposed
/usr/lib/tmpfiles.d/devgate.conf missing
/usr/libexec/devgate/devgate-settle changed
trust-root.json changed" guest "seq=$seq; $found"
is 'status counts them' 3 guest 'devgate status --json | jq .own_files_changed'
seq=$(guest last_seq)
guest "cp -a /run/settle /usr/libexec/devgate/devgate-settle; mv /run/tmpfiles /usr/lib/tmpfiles.d/devgate.conf
	chmod g-w /usr/bin/devgate; $restart"
is 'told once, and their end' "/usr/bin/devgate restored
/usr/lib/tmpfiles.d/devgate.conf restored
/usr/libexec/devgate/devgate-settle restored" guest "seq=$seq; $found"
guest "cp -a /run/trust /etc/devgate/trust-root.json; $restart"

# Ended by systemd, and past it.
guest 'systemctl stop devgate-enforcer'
is 'a stop is recorded as one' '"stop"' guest 'lines agent.stopped | tail -n 1 | jq -c .reason'
ok 'the collector shows it' eventually 20 host_is stopped
ok 'and has a finding' has_finding stopped
guest 'systemctl start devgate-enforcer; within 30 agent_is_active'
ok 'running again, it is shown as that' eventually 20 host_is reporting
guest 'kill -TERM $(systemctl show -P MainPID devgate-enforcer); within 30 agent_is_active'
is 'a signal is told with its sender' '["signal",0]' \
	guest 'lines agent.stopped | tail -n 1 | jq -c "[.reason, .by.uid]"'

# What the processes have.
ok 'what watches files is there again' guest -t 40 'within 30 systemctl is-active --quiet devgate-filewatch'
for unit in enforcer filewatch reporter; do
	is "$unit: seccomp, no new privileges" $'2\n1' guest "sed -n 's/^Seccomp:\t//p; s/^NoNewPrivs:\t//p' \
		/proc/\$(systemctl show -P MainPID devgate-$unit)/status | sort -r"
done
is 'reporter: no capability' 0000000000000000 \
	guest "sed -n 's/^CapBnd:\t//p' /proc/\$(systemctl show -P MainPID devgate-reporter)/status"
is 'filewatch: it may read, and no more' 0000000000000004 \
	guest "sed -n 's/^CapBnd:\t//p' /proc/\$(systemctl show -P MainPID devgate-filewatch)/status"
fails 'reporter: Landlock was not refused' guest \
	'journalctl -b -u devgate-reporter --no-pager | grep -F "not confined"'
ok 'everything recorded is at the collector' eventually 30 collector_has_all
