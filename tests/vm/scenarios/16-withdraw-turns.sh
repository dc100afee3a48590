# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# What can happen while mounted sticks are being withdrawn: the verdict loosens again, the enforcer is
# killed, one of them is reported stolen; with encrypted ones among them.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

# Commands of guest/turns.sh in the guest.
turns()
{
	local options=()
	if [[ $1 == -t ]]; then
		options=(-t "$2")
		shift 2
	fi
	guest "${options[@]}" ". /run/bench/guest/sealed.sh; . /run/bench/guest/turns.sh; $1"
}

guest 'sed "s|^ExecStart=.*|& --withdraw-grace=20|" /lib/systemd/system/devgate-enforcer.service \
		>/etc/systemd/system/devgate-enforcer.service
	systemctl daemon-reload; systemctl restart devgate-enforcer; within 30 agent_is_active'
policy_push policies/withdraw.json >/dev/null
turns -t 120 'on_site; turn_make' >/dev/null

# It loosens again.
ok 'alice mounts two plain and two encrypted sticks' turns -t 180 'turn_mount'
seq=$(guest last_seq)
turns 'watch; turn_writer W-NO-KEPT; within 10 test -s /media/alice/W-NO-KEPT/lines'
ok 'leaving the site, what nobody writes to is read-only at once' \
	turns -t 40 'off_site; within 15 all_mounted_as ro'
ok 'and nobody opens them anew' turns 'for n in W-NO-KEPT W-NO-LOST E-NO-LUKS E-RO-LUKS; do
	shut "$(disk $n)" || exit 1; done'
ok 'back on the site within the grace time they can be written again' \
	turns -t 40 'on_site; within 15 all_mounted_as rw'
ok 'alice writes to an encrypted one' guest 'as-alice touch /media/alice/E-NO-LUKS/again'
ok 'who wrote goes on writing' turns 'turn_writes W-NO-KEPT'
ok 'and disks can be opened' turns 'within 5 turn_ready W-NO-KEPT && within 5 turn_ready E-NO-LUKS'
turns -t 40 'pause 21'
is 'when the grace time is over nothing has been withdrawn' '' guest \
	"ledger | tail -n +$((seq + 1)) | grep -F device.withdrawn"
is 'and no disk has left' '' guest 'watch_lines | awk "\$2 == \"remove\" && \$3 == \"block\""; watch_end'
ok 'all is in use still' turns 'all_mounted_as rw && turn_writes W-NO-KEPT'
is 'both turns are recorded' 'allow deny' guest "ledger | tail -n +$((seq + 1)) |
	jq -r 'select(.kind == \"device.changed\" and .device.serial == \"W-NO-KEPT\") | .before' | tr '\n' ' ' | sed 's/ \$//'"

# One is reported stolen.
seq=$(guest last_seq)
guest 'journalctl -b -u "devgate-withdraw@*" -o cat | grep -c "^Started" >/run/withdrawals || true'
ctl revoke sign --device 1d6b:0105:W-NO-LOST:L-1 --key "$SITE/alice.key" \
	--passphrase-file "$SITE/alice.pass" --out "$SITE/revoked" --yes >>"$SITE/policy.log" 2>&1
ok 'a list of what was stolen is published' ctl policy publish "$SITE/revoked"
ok 'the stick is judged by it' guest -t 60 'within 50 decided_as W-NO-LOST "deny revoked:L-1"'
ok 'and closed' turns 'within 15 turned_away W-NO-LOST'
is 'without a withdrawal' "$(guest 'cat /run/withdrawals')" guest \
	'journalctl -b -u "devgate-withdraw@*" -o cat | grep -c "^Started"'
is 'nor a record of one' '' guest "ledger | tail -n +$((seq + 1)) | grep -F device.withdrawn"
ok 'it does not stay mounted' turns 'within 20 not_mounted W-NO-LOST'
ok 'the others stay in use' turns 'mounted_as W-NO-KEPT rw && mounted_as E-NO-LUKS rw && turn_writes W-NO-KEPT'

# The enforcer is killed in the middle of withdrawals.
seq=$(guest last_seq)
ok 'leaving the site, withdrawals begin' turns -t 40 'off_site; within 15 mounted_as E-NO-LUKS ro && within 15 mounted_as E-RO-LUKS ro'
ok 'the enforcer is killed, and comes again' guest -t 60 \
	'kill -9 $(systemctl show -P MainPID devgate-enforcer); within 30 agent_is_active'
is 'before that nothing was withdrawn' '' guest "ledger | tail -n +$((seq + 1)) | sed '/agent.started/,\$d' | grep -F device.withdrawn"
ok 'the next one withdraws all three' turns -t 90 "within 60 withdrawn_since $seq W-NO-KEPT &&
	within 20 withdrawn_since $seq E-NO-LUKS && within 20 withdrawn_since $seq E-RO-LUKS"
is 'none of them lost anything' '' guest \
	"ledger | tail -n +$((seq + 1)) | jq -r 'select(.kind == \"device.withdrawn\") | .mounts[] | select(.left == \"lost\" or .left == \"synced\") | .where'"
ok 'a plain and an encrypted one are closed' turns 'within 20 turned_away W-NO-KEPT && within 20 turned_away E-NO-LUKS'
ok 'the other encrypted one can be read' turns -t 40 'reads_only() { name=$(disk E-RO-LUKS) && reads $name && ! writes $name; }
	within 20 reads_only && [[ $(</sys/block/$(disk E-RO-LUKS)/ro) == 1 ]]'
ok 'none stays mounted' turns 'for n in W-NO-KEPT E-NO-LUKS E-RO-LUKS; do within 20 not_mounted $n || exit 1; done'
for name in W-NO-KEPT E-NO-LUKS E-RO-LUKS; do
	ok "the file system of $name is whole" turns -t 60 "turn_is_clean $name"
done

turns turn_end
guest 'rm /etc/systemd/system/devgate-enforcer.service; systemctl daemon-reload
	systemctl restart devgate-enforcer; within 30 agent_is_active'
policy_push policies/desk.json >/dev/null
