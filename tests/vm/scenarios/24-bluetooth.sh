# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# Bluetooth: a headset works while file transfer and tethering are shut, in both directions, through
# bluetoothd and past it; under another policy they work; a policy that takes something away cuts
# the link; without the enforcer it stays as it was.
#
# Two adapters in software hear each other.  The far end, hci1, offers a headset's, a file server's
# and an access point's services, and its programs tell what reaches them.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

# bt COMMAND…: in the guest, with bluetooth.sh.
bt()
{
	guest -t 60 ". bluetooth.sh; $*"
}

# The rules, with the functions that Bluetooth peers may have (JSON): bluetooth_policy NAME FUNCTIONS
bluetooth_policy()
{
	sed '1,/\*\//d' policies/bluetooth.json |
		jq --arg address "$this_end" --argjson functions "$2" '.rules[0].match.serial = [$address] |
			.rules[1].match.function = $functions' >"$SITE/$1.json"
	policy_push "$SITE/$1.json"
}

# What comes of COMMAND is a failure, and nothing reaches the programs of either end.
refused()
{
	local before after
	before=$(bt reached)
	if bt "$1"; then
		echo 'it was not refused'
		return 1
	fi
	after=$(bt 'sleep 1; reached')
	[[ $before == "$after" ]] || { bt 'tail -n 5 $desk_log'; return 1; }
}

trap 'bt bluetooth_down >/dev/null 2>&1 || true' EXIT
ok 'two adapters and bluetoothd come up' bt bluetooth_up
this_end=$(bt address hci0)
far_end=$(bt address hci1)
ok 'a policy for headsets' bluetooth_policy headset '["audio"]'
ok 'the far end is paired' bt pair

ok 'its audio is permitted' bt 'within 5 verdict_is audio allow'
is 'its file transfer is not' deny bt verdict_of storage
is 'nor its tethering' deny bt verdict_of network
is 'the record says what it is' 'bluetooth hci0 partial' bt 'last_decision |
	jq -r "[.device.bus, (.device.port | split(\"/\")[0]), (if .partial then \"partial\" else \"whole\" end)] | join(\" \")"'

ok 'the headset connects' bt 'profile $(far) 111e'
ok 'the far end has it open, and hears' \
	bt 'within 5 told 1 "^new hands-free hci1" && within 5 told 1 "^got hands-free hci1.* hello"'
ok 'so has the workstation' bt 'told 1 "^new gateway hci0" && within 5 told 1 "^got gateway hci0"'
ok 'object push does not connect, and the far end hears nothing of it' refused 'profile $(far) 1105'
ok 'nor does file transfer' refused 'profile $(far) 1106'
ok 'nor tethering' refused 'call $(far) org.bluez.Network1 Connect s nap'
ok 'what the far end pushes does not arrive here' \
	bt 'profile $(near) 1105; sleep 1; ! told 1 "^(new|got) object-push hci0"'
ok 'nor to file transfer' refused 'profile $(near) 1106'
ok 'nor to the network' refused 'call $(near) org.bluez.Network1 Connect s nap'
is 'past bluetoothd, a socket to object push is refused' EACCES bt dial RFCOMM 9
is 'and one to the network' EACCES bt dial L2CAP 15
is 'and one to a channel that nothing announces' EACCES bt dial L2CAP 4113
# a link in software may end by itself on a slow machine
ok 'the headset still works' bt 'connected $(far) || profile $(far) 111e || { tail -n 12 $desk_log; false; }'

ok 'a policy that permits all three' bluetooth_policy everything '["audio", "storage", "network"]'
ok 'the record says so' bt 'within 5 verdict_is storage allow && verdict_is network allow'
ok 'object push connects' bt 'profile $(far) 1105 && within 5 told 1 "^got object-push hci1"'
ok 'and from the far end' bt 'profile $(near) 1106 && within 5 told 1 "^got file-transfer hci0"'
ok 'so does the network' \
	bt 'call $(far) org.bluez.Network1 Connect s nap && within 5 test -e /sys/class/net/bnep0'

ok 'back to headsets, while all is connected' bluetooth_policy headset '["audio"]'
ok 'the link is cut' bt 'within 10 unconnected $(far) && within 5 test ! -e /sys/class/net/bnep0'
ok 'as the far end hears' bt 'within 5 told 1 "^end object-push hci1"'
is 'the record says why' policy guest "lines device.changed $far_end | tail -n 1 | jq -r .cause"
ok 'the headset connects again' bt 'profile $(far) 111e && within 5 told 2 "^got hands-free hci1"'
ok 'file transfer does not' refused 'profile $(far) 1106'

ok 'without the enforcer' guest 'systemctl stop devgate-enforcer.service'
ok 'the headset stays' bt 'connected $(far)'
is 'and file transfer stays shut' EACCES bt dial RFCOMM 10
before=$(guest last_seq)
ok 'with it again' guest 'systemctl start devgate-enforcer.service && within 20 agent_is_active'
is 'nothing is recorded twice' '' guest "sleep 3; ledger | tail -n +$((before + 1)) |
	grep -E 'device\.(decided|changed|removed)' | grep -F $far_end"

ok 'a policy without Bluetooth' bluetooth_policy none '["video"]'
ok 'the link is cut' bt 'within 10 unconnected $(far)'
is 'the record denies the peer' deny guest "lines device.changed $far_end | tail -n 1 | jq -r .verdict"
ok 'the headset does not connect' refused 'profile $(far) 111e'
ok 'forgotten, it is gone from the records' \
	bt "call /org/bluez/hci0 org.bluez.Adapter1 RemoveDevice o \$(far) && within 5 test -n \"\$(lines device.removed $far_end)\""
ok 'back to desk' policy_push policies/desk.json
