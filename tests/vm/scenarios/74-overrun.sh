# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# The kernel has more to tell than there is room for: what was lost is found by looking at everything
# again, and the gap is recorded.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

# With little room, so that hundreds of uevents are too many, and nobody who ends what sleeps.
guest '. fake.sh; fake_controllers
	sed "s|^ExecStart=.*|& --uevent-buffer=64|; s|^WatchdogSec=.*||" /lib/systemd/system/devgate-enforcer.service \
		>/etc/systemd/system/devgate-enforcer.service
	systemctl daemon-reload; systemctl restart devgate-enforcer; within 30 agent_is_active
	last_seq >/run/seq
	fake stays serial=STAYS interfaces=080650
	fake leaves ids=46f4:0001 serial=REG-RW interfaces=080650
	within 20 fakes_are_decided $(cat /run/seq) stays leaves; within 20 fake_drivers_are leaves 1.0=usb-storage
	last_seq >/run/seq; watch'

# While it sleeps: hundreds of words of no interest, and between them devices that come and go.
guest -t 60 '. fake.sh
	pid=$(systemctl show -P MainPID devgate-enforcer); kill -STOP $pid
	flood() { local i; for ((i = 0; i < 400; i++)); do echo change >/sys/devices/virtual/mem/null/uevent; done; }
	flood
	unfake leaves; within 10 absent REG-RW
	fake comes serial=COMES interfaces=080650
	fake opens port=30 ids=46f4:0001 serial=REG-RW interfaces=080650
	for i in {0..9}; do fake blink serial=BLINK-$i interfaces=080650; unfake blink; done
	flood
	kill -CONT $pid'
ok 'the gap is recorded' guest -t 40 \
	'overrun() { ledger | tail -n +$(($(cat /run/seq) + 1)) | jq "select(.kind == \"agent.gap\" and .what == \"overrun\")" | grep -q overrun; }
	within 30 overrun'
ok 'what came meanwhile is judged' guest -t 40 '. fake.sh; within 30 fakes_are_decided $(cat /run/seq) comes opens'
is 'one is denied' 'deny default:storage' guest 'decided COMES'
ok 'the other is opened' guest '. fake.sh; within 20 fake_drivers_are opens 1.0=usb-storage'
ok 'what left is recorded as gone' guest \
	'ledger | tail -n +$(($(cat /run/seq) + 1)) | jq "select(.kind == \"device.removed\" and .device.serial == \"REG-RW\")" | grep -q REG-RW'
is 'what stayed is not judged again' '' guest 'ledger | tail -n +$(($(cat /run/seq) + 1)) | grep -F STAYS'
is 'the agent knows what is there, port for port' '' guest 'diff \
	<(ls /sys/bus/usb/devices | grep -E "^[0-9]+-[0-9.]+$" | sort) \
	<(devgate devices --json | jq -r ".devices[].device | select(.bus == \"usb\") | .port" | sort)'
is 'nothing bound but on the port of what may be used' "$(guest '. fake.sh; fake_port opens')" guest \
	'bound | grep -v " hub$" | sed "s/:.*//; s/ .*//; s/.*\///" | sort -u'
ok 'and it goes on listening' guest '. fake.sh; last_seq >/run/seq; fake after serial=AFTER interfaces=080650
	within 20 fakes_are_decided $(cat /run/seq) after'
guest '. fake.sh; watch_end; unfake stays comes opens after
	rm /etc/systemd/system/devgate-enforcer.service; systemctl daemon-reload
	systemctl restart devgate-enforcer; within 30 agent_is_active'
