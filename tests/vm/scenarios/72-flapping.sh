# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# Devices that come and go without end, each time with another serial number, at the ports of eight
# controllers, which is all that Debian's kernel has (CONFIG_USBIP_VHCI_NR_HCS; fifteen ports each for
# devices that are not SuperSpeed).  FLAPPING_SECONDS (20) is how long at least, FLAPPING_PORTS (1) how
# many ports of each controller, and FLAPPING_IDENTITIES (20) how many different devices there must have
# been; it goes on for as long as that takes, up to ten minutes.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

seconds=${FLAPPING_SECONDS:-20}
ports=${FLAPPING_PORTS:-1}
identities=${FLAPPING_IDENTITIES:-20}

# What the agent holds on to: its resident memory in KiB.
memory='awk "/^VmRSS/ { print \$2 }" /proc/$(systemctl show -P MainPID devgate-enforcer)/status'

guest '. fake.sh; fake_controllers; watch; last_seq >/run/seq'
before=$(guest "$memory")
pid=$(guest 'systemctl show -P MainPID devgate-enforcer')
# no waiting for each of them: under emulation the processes of that are dear
start=$SECONDS
guest -t 700 'pids=()
	arrived() { grep -c " add usb /devices/platform/vhci_hcd[^:]*/[0-9]*-[0-9]* " $uevents_log; }
	for ((i = 0; i < 8 * '"$ports"'; i++)); do
		setsid fakeusb port=$((i % 8 * 30 + i / 8)) serial=FLAP-$i-% interfaces=080650 flap=20 </dev/null >/dev/null 2>&1 &
		pids+=($!)
	done
	end=$((SECONDS + 600)) least=$((SECONDS + '"$seconds"'))
	while ((SECONDS < least || ($(arrived) < '"$identities"' && SECONDS < end))); do pause 5; done
	kill "${pids[@]}"'
seconds=$((SECONDS - start))
ok 'in the end there is nothing of them, and the agent knows of what there is' guest -t 150 '. fake.sh
	nothing() { [[ -z $(ls -d /sys/devices/platform/vhci_hcd.*/usb[0-9]*/*-[0-9]* 2>/dev/null | grep -v ":") ]]; }
	same() { cmp -s <(ls /sys/bus/usb/devices | grep -E "^[0-9]+-[0-9.]+$" | sort) \
		<(devgate devices --json | jq -r ".devices[].device | select(.bus == \"usb\") | .port" | sort); }
	within 60 nothing && within 60 same'
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
echo "# $arrivals arrivals, of as many different devices, at $((8 * ports)) ports in $seconds s: $counts"
ok 'they were that many different devices' test "$arrivals" -ge "$identities"
# libusb may tell of one whose uevents were too quick for the watcher.
ok 'each arrival is recorded or counted' jq -e \
	".decided + .gone + (.arrived // 0) >= $arrivals" <<<"$counts"
ok 'and each departure' jq -e ".removed + .gone + (.left // 0) >= $arrivals" <<<"$counts"
ok 'the ledger has a bound' guest '[[ $(wc -c </run/flapped) -lt $((8 * 2 * 2000 * (60 * '"$ports"' + '"$seconds"' / 5 + 2))) ]]'
guest watch_end
