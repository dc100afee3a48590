# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# Devices that come and go without end at eight controllers, each time with another serial number.
# FLAPPING_SECONDS (20) is how long.
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
# libusb may tell of one whose uevents were too quick for the watcher.
ok 'each arrival is recorded or counted' jq -e \
	".decided + .gone + (.arrived // 0) >= $arrivals" <<<"$counts"
ok 'and each departure' jq -e ".removed + .gone + (.left // 0) >= $arrivals" <<<"$counts"
ok 'the ledger has a bound' guest '[[ $(wc -c </run/flapped) -lt $((8 * 2 * 2000 * (60 + '"$seconds"' / 5 + 2))) ]]'
guest watch_end
