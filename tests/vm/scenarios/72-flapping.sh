# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# Devices that come and go without end at eight controllers, hundreds of serial numbers; then more
# events than the kernel keeps.  FLAPPING_SECONDS (20) is how long.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

seconds=${FLAPPING_SECONDS:-20}

# What the agent holds on to: its resident memory in KiB.
memory='awk "/^VmRSS/ { print \$2 }" /proc/$(systemctl show -P MainPID devgate-enforcer)/status'

guest '. fake.sh; fake_controllers; watch; last_seq >/run/seq'
before=$(guest "$memory")
pid=$(guest 'systemctl show -P MainPID devgate-enforcer')
# no waiting for each of them: under emulation the processes of that are dear
guest -t $((seconds + 60)) 'pids=()
	for i in {0..7}; do
		setsid fakeusb port=$((i * 30)) serial=FLAP-$i-% interfaces=080650 flap=20 </dev/null >/dev/null 2>&1 &
		pids+=($!)
	done
	pause '"$seconds"'
	kill "${pids[@]}"'
ok 'in the end there is nothing, and the agent knows of nothing' guest -t 60 '. fake.sh
	nothing() { [[ -z $(ls -d /sys/devices/platform/vhci_hcd.*/usb[0-9]*/*-[0-9]* 2>/dev/null | grep -v ":") ]]; }
	same() { [[ $(ls /sys/bus/usb/devices | grep -c "^[0-9]*-[0-9.]*$") == "$(devgate devices --json | jq "[.devices[] | select(.device.bus == \"usb\")] | length")" ]]; }
	within 30 nothing && within 30 same'
after=$(guest "$memory")
echo "# resident memory: $before KiB before, $after KiB after"
ok 'its memory has a bound' test "$after" -lt $((before + 4096))
is 'it did not restart' "$pid" guest 'systemctl show -P MainPID devgate-enforcer'
is 'nothing bound' '' guest 'bound | grep -v " hub$"; disks'

# Every arrival is in the ledger, by itself or in a count, which stopping the agent ends.
guest 'watch_lines >/run/watched; systemctl stop devgate-enforcer
	ledger | tail -n +$(($(cat /run/seq) + 1)) >/run/flapped; systemctl start devgate-enforcer'
arrivals=$(guest 'awk "\$2 == \"add\" && \$3 == \"usb\" && \$4 ~ /vhci.*\/[0-9]+-[0-9]+\$/" /run/watched | wc -l')
counts=$(guest 'jq -sc "{ decided: [.[] | select(.kind == \"device.decided\")] | length,
	removed: [.[] | select(.kind == \"device.removed\")] | length,
	gone: [.[] | select(.kind == \"agent.gap\" and .what == \"gone-unjudged\")] | length,
	arrived: [.[] | select(.kind == \"device.flapping\") | .arrived // 0] | add,
	left: [.[] | select(.kind == \"device.flapping\") | .left // 0] | add }" /run/flapped')
echo "# $arrivals arrivals in $seconds s: $counts"
ok 'they came without end' test "$arrivals" -gt "$seconds"
is 'each arrival is recorded or counted' "$arrivals" jq '.decided + .gone + (.arrived // 0)' <<<"$counts"
is 'and each departure' "$arrivals" jq '.removed + .gone + (.left // 0)' <<<"$counts"
ok 'the ledger has a bound' guest '[[ $(wc -c </run/flapped) -lt $((8 * 2 * 2000 * (60 + '"$seconds"' / 5 + 2))) ]]'

# The agent sleeps while the kernel drops what it has to say: events of 2 KiB, more than its buffer
# of 16 MiB (32 by the kernel's count) takes.  udev is spared them.  The watchdog leaves 30 s.
guest -t 90 'last_seq >/run/seq; watch_end
	systemctl stop systemd-udevd.service systemd-udevd-kernel.socket systemd-udevd-control.socket
	hub=$(echo /sys/devices/platform/vhci_hcd.0/usb[0-9]*)
	hub=${hub%% *}/uevent
	printf -v argument " A=%01800d" 0
	pid=$(systemctl show -P MainPID devgate-enforcer); kill -STOP $pid
	. fake.sh; fake dropped serial=DROPPED interfaces=080650
	end=$((SECONDS + 20))
	for ((i = 0; i < 12000 && SECONDS < end; i++)); do
		echo "change 01234567-89ab-cdef-0123-456789abcdef$argument"
	done >$hub
	kill -CONT $pid
	echo "$i events"
	systemctl start systemd-udevd.service'
ok 'events that were dropped are a gap in the record' guest -t 60 'gap() { ledger | tail -n +$(cat /run/seq) | grep agent.gap | grep -q overrun; }; within 50 gap'
ok 'and what came then is found all the same' guest '. fake.sh; within 20 fakes_are_decided $(cat /run/seq) dropped'
is 'denied' 'deny default:storage' guest 'decided DROPPED'
guest '. fake.sh; unfake dropped'
