# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# Devices that lie: in their descriptors, in their strings, by what they show later, by being hubs.
# What the kernel makes of the bytes is what must have been judged; policy: desk.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

# Of the devices decided last: what was decided of one, and what the kernel has made of it.
decision()
{
	sed -n "s/^$1 //p" "$SITE/decisions"
}

drivers()
{
	sed -n "s/^$1 //p" "$SITE/drivers"
}

# plugged NAME…: look at devices that the guest has been told to plug in since "seq".
plugged()
{
	guest -t 40 ". fake.sh; within 30 fakes_are_decided \$(cat /run/seq) $* || echo 'not all were decided' >&2
		fakes_since \$(cat /run/seq) $*" >"$SITE/decisions"
	guest ". fake.sh; pause 1; for n in $*; do echo \$n \$(fake_drivers \$n); done" >"$SITE/drivers"
}

default='default:storage'
guest '. fake.sh; fake_controllers; watch; last_seq >/run/seq
	thirty=080650,030101
	for i in {0..27}; do thirty+=,ff$(printf %04x $i); done
	fake length0 interfaces=080650 patch=9:00
	fake length1 interfaces=080650 patch=9:01
	fake longer interfaces=080650 patch=2:ff00
	fake shorter interfaces=030101,080650 patch=2:2200
	fake beyond interfaces=030101,080650 patch=4:01
	fake huge interfaces=080650 pad=65535
	fake thirty interfaces=$thirty
	fake many interfaces=ff0000 interfaces=080650 interfaces=030101 interfaces=020600
	fake fewer interfaces=030101 interfaces=080650 configs=1
	fake alternate interfaces=030101@0.0,080650@0.1
	fake twice interfaces=030101@0,080650@0
	fake nested interfaces=030101 config=0902240001010080320902090001020080320904000002080650000705810200020007050102000200 configs=2
	fake missing interfaces=030101 configs=3'
names='length0 length1 longer shorter beyond huge thirty many fewer alternate twice nested'
# shellcheck disable=SC2086 # a list
plugged $names
is 'a descriptor of length 0: denied' 'deny error:' decision length0
is 'of length 1: denied' 'deny error:' decision length1
is 'shorter than it says: what is there is judged' "deny $default 1.0=deny" decision longer
is 'longer than it says: the kernel sees nothing of the rest, nor do we' \
	'allow rule:input 1.0=allow' decision shorter
is 'an interface beyond bNumInterfaces is judged' "allow $default 1.0=allow 1.1=deny" decision beyond
ok 'since the kernel does bring it up, closed here' \
	guest '. fake.sh; [[ $(cat $(fake_path beyond)/*:1.1/authorized) == 0 ]]'
is 'more than 64 KiB: denied' 'deny error:' decision huge
is 'thirty interfaces: each is judged' 30 bash -c "grep '^thirty ' '$SITE/decisions' | grep -o '[0-9]=' | wc -l"
is 'and only the keyboard of them lives' '1' bash -c "grep '^thirty ' '$SITE/decisions' | grep -o '[0-9]=allow' | wc -l"
is 'every configuration is judged' 'allow default:vendor 1.0=deny 2.0=deny 3.0=allow 4.0=deny' decision many
is 'since the kernel prefers the second to a vendor-specific first one' '2.0=none' drivers many
is 'configurations that are not announced do not count' 'allow rule:input 1.0=allow' decision fewer
is 'an alternate setting that is storage makes it storage' "deny $default 1.0=deny" decision alternate
is 'so does the same interface twice' "deny $default 1.0=deny" decision twice
is 'a configuration in a configuration: denied' 'deny error:' decision nested
ok 'configurations that are announced, and missing: the kernel does not take it' \
	guest '. fake.sh; [[ ! -e $(fake_path missing) ]]'
is 'nothing but keyboards and hubs ever bound' '' guest 'bound | grep -v "usbhid$\| hub$"; disks'
ok 'the agent is up, as it was' guest '[[ $(systemctl show -P NRestarts devgate-enforcer) == '"$(guest 'systemctl show -P NRestarts devgate-enforcer')"' ]] && agent_is_active'
guest ". fake.sh; unfake $names missing"

long=$(printf 'x%.0s' {1..126})
hex=$(printf '78%.0s00' {1..126})
guest '. fake.sh; last_seq >/run/seq
	fake quotes interfaces=080650 serial='"'"'q"u\\o{"seq":1,"kind":"agent.stopped"}'"'"' name=$'"'a\\nb\\tc\\e[2Jd'"'
	fake bidi interfaces=080650 serial=$'"'BIDI-\\u202Etxt.exe\\u2066'"' manufacturer=$'"'\\u200B\\uFEFF'"'
	fake surrogate interfaces=080650 serial=x string=3:0a0300d8410000dc4200
	fake long interfaces=080650 serial=x string=3:fe03'"$hex"'
	fake odd interfaces=080650 serial=x string=3:ff03'"${hex}78"'
	fake empty interfaces=080650 serial=x string=3:0203
	fake none interfaces=080650 serial=x stall=8006
	fake notstring interfaces=080650 serial=x string=3:08064100420043'
names='quotes bidi surrogate long odd empty notstring'
# shellcheck disable=SC2086 # a list
plugged $names
for name in $names; do
	is "strings ($name): denied as storage" "deny $default 1.0=deny" decision "$name"
done
ok 'every line is one JSON object, and the chain holds' \
	guest 'ledger | jq -es "all(type == \"object\")" >/dev/null && devgate ledger verify'
is 'no event was made up by a string' '' \
	guest 'ledger | tail -n +$(cat /run/seq) | jq -r .kind | grep agent.stopped'
is 'nothing unprintable is in the ledger' 0 guest "ledger | grep -cP '[\\x00-\\x08\\x0b-\\x1f\\x{202a}-\\x{202e}\\x{2066}-\\x{2069}\\x{200b}\\x{feff}]'"
is 'nor in what people are shown' 0 \
	guest "devgate devices | grep -cP '[\\x00-\\x08\\x0b-\\x1f]'"
is 'the longest serial number is there in full' "$long" \
	guest '. fake.sh; ledger | jq -r --arg p $(fake_port long) "select(.kind == \"device.decided\" and .device.port == \$p) | .device.serial" | tail -n 1'
guest ". fake.sh; unfake $names none"

# What it shows later.
guest '. fake.sh; watch; last_seq >/run/seq
	fake switcher serial=SWITCHER interfaces=030101 interfaces=080650
	fake turncoat serial=TURNCOAT interfaces=030101 then interfaces=080650
	fake firmware serial=FIRMWARE interfaces=030101 then reconnect=300 ids=0483:df11 interfaces=fe0102
	fake reread serial=REREAD interfaces=030101 then=read:1 interfaces=080650'
plugged switcher turncoat firmware reread
is 'a keyboard that could be storage: judged as both' "allow $default 1.0=allow 2.0=deny" decision switcher
is 'a keyboard' 'allow rule:input 1.0=allow' decision turncoat
guest '. fake.sh; last_seq >/run/seq; echo 2 >$(fake_path switcher)/bConfigurationValue'
is 'switched to its other configuration: that stays closed' '2.0=none' \
	guest '. fake.sh; pause 1; fake_drivers switcher'
guest '. fake.sh; usbfs switcher configuration=1; pause 1; usbfs switcher configuration=2' || true
is 'also when a program asks for it' '2.0=none' guest '. fake.sh; pause 1; fake_drivers switcher'
guest '. fake.sh; fake_next turncoat; fake_next firmware; pause 0.2; usbfs turncoat reset 2>/dev/null' || true
plugged turncoat firmware
is 'another face after a reset: judged anew' "deny $default 1.0=deny" decision turncoat
is 'a device that comes back for its firmware: judged anew' 'deny default:firmware 1.0=deny' decision firmware
is 'descriptors that change once they were read do not count' 'allow' \
	guest '. fake.sh; fakes_since 0 reread | cut -d" " -f2'
is 'no storage ever bound' '' guest 'bound | grep storage; disks'
guest '. fake.sh; unfake switcher turncoat firmware reread'

# Hubs.
guest '. fake.sh; last_seq >/run/seq
	fake hub ids=1d6b:0002 class=090001 name="xHCI Host Controller" manufacturer="Linux 6.1.0 xhci-hcd" serial=0000:00:14.0 interfaces=090000,080650 answer=a0062900:0929040009003200ff'
plugged hub
is "a hub with a root hub's ids is judged like any other" "allow $default 1.0=allow 1.1=deny" decision hub
is 'and what hides beside its hub stays closed' none guest '. fake.sh; fake_drivers hub | grep -o "1.1=.*" | cut -d= -f2'
guest '. fake.sh; unfake hub'

tree=3
for tier in 2 3 4 5 6; do
	vm plug "hub$tier" usb-hub "port=$tree"
	tree+=.1
done
stick "$SITE/deep.img" DEEP
guest 'last_seq >/run/seq'
vm plug deep usb-storage serial=DEEP "image=$SITE/deep.img" "port=$tree"
ok 'a stick at the end of seven tiers is judged' guest -t 40 'within 30 decided_since $(cat /run/seq) DEEP'
is 'and denied' "deny $default" guest 'decided DEEP'
is 'it does hang on five hubs' 5 guest 'usb DEEP | xargs basename | tr -cd . | wc -c'
guest -t 60 'systemctl restart devgate-enforcer; within 40 agent_is_active'
is 'found there by a new agent, it is denied still' '0 absent' guest 'echo $(cat $(usb DEEP)/authorized) $(driver DEEP 0)'
vm unplug deep
for tier in 6 5 4 3 2; do vm unplug "hub$tier"; done
