# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# What is a keyboard and says nothing of it by its protocol: it is asked before a driver gets it, so that
# not a key of it is heard where keyboards are denied.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh


# Report descriptors: a boot keyboard's (HID 1.11, appendix B.1), and a security key's (CTAP 2.1,
# section 11.2.8.1).
keyboard=05010906a101050719e029e71500250175019508810295017508810395057501050819012905910295017503910395067508150025650507190029658100c0
fido=06d0f10901a1010920150026ff007508954081020921150026ff00750895409102c0

# fakes, in guest/fake.sh
fakes()
{
	guest -t 60 ". fake.sh; $1"
}

jq -n '{ schema: "devgate-rules-1", name: "no-keyboards", mode: "enforce", rules: [],
	defaults: { hub: "allow", hid: "allow", pointer: "allow", "*": "deny" } }' >"$SITE/no-keyboards.json"
fakes 'fake_controllers; modprobe usbhid; modprobe hid-generic'
ok 'keyboards are denied, other input is not' policy_push "$SITE/no-keyboards.json"
fakes "last_seq >/run/seq; watch
	fake key serial=HID-KEY name=key interfaces=030000 patch=25:2200 answer=81062200:$fido
	fake sly serial=HID-SLY name=sly interfaces=030000 patch=25:3f00 answer=81062200:$keyboard
	fake mute serial=HID-MUTE name=mute interfaces=030000 stall=8106
	within 20 fakes_are_decided \$(cat /run/seq) key sly mute"
ok 'a security key has a driver' fakes 'within 20 fake_drivers_are key 1.0=usbhid'
ok 'and its node' guest 'within 20 attached HID-KEY hidraw'
is 'it was judged once, as what it is' 'allow hid' guest \
	'ledger | grep -F HID-KEY | jq -r "\"\(.verdict) \(.interfaces[0].function)\""'
ok 'a hidden keyboard is judged as one' guest 'within 20 decided_as HID-SLY "deny default:keyboard"'
is 'which is recorded as a second decision' 'allow look-again' guest \
	'lines device.changed HID-SLY | jq -r ".before + \" \" + .cause"'
ok 'and closed' guest 'closed() { [[ $(cat $(usb HID-SLY)/authorized) == 0 ]]; }; within 10 closed'
is 'no driver of the kernel ever had it' '' fakes \
	'bound | grep -F "$(fake_port sly):" | grep -v " usbfs$"'
is 'nor was there an input device' '' guest 'watch_lines | awk "\$2 == \"add\" && \$3 == \"input\"" | grep vhci'
ok 'what does not say what it is, is taken for a keyboard' guest 'within 20 decided_as HID-MUTE "deny default:keyboard"'
ok 'where keyboards are allowed, it is not asked, and works' policy_push policies/desk.json
ok 'it has a driver' fakes 'within 20 fake_drivers_are sly 1.0=usbhid'
fakes 'watch_end; unfake key sly mute'
