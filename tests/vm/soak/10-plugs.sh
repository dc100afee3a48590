# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# Two thousand plugs of devices of many kinds, at random, at four controllers at once: no driver ever
# binds to an interface that the ledger has not permitted before, memory stays bounded, and at the
# end all is as the policy says.  SOAK_PLUGS and SOAK_SEED say otherwise.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

plugs=${SOAK_PLUGS:-2000}
seed=${SOAK_SEED:-$RANDOM}
gadgets='GADGET-RW STRESS-0 SOAK-STICK SOAK-KEYS COMBO-REG SOAK-COMBO SOAK-PHONE SOAK-ADB SOAK-NET SOAK-SERIAL'

resident()
{
	guest 'awk "/^VmRSS/ { print \$2 }" /proc/$(systemctl show -P MainPID devgate-enforcer)/status'
}

# What the soak has seen and what the ledger says, in order of time:
#   TIME plug PORT SERIAL, TIME bound PORT:C.I, TIME judged PORT SERIAL I=EFFECT…
history()
{
	sort -n "$VM_DIR/share/soak.seen" <(jq -r 'select(.kind == "device.decided" or
		.kind == "device.changed") | "\(.mono_us) judged \(.device.port) \(.device.serial) " +
		([.interfaces[]? | "\(.number)=\(.effect)"] | join(" "))' "$VM_DIR/share/soak.ledger")
}

# Count plugs, those that were judged, and binds of a driver; print each bind without a permit.
audit()
{
	awk '
	$2 == "plug" { serial[$3] = $4; seen[$3] = ++plugs }
	$2 == "unseen" { unseen++ }
	$2 == "judged" && serial[$3] == $4 {
		if (!(seen[$3] in judged)) { judged[seen[$3]]; n_judged++ }
		for (i = 5; i <= NF; i++) {
			split($i, part, "=")
			effect[seen[$3], part[1]] = part[2]
		}
	}
	$2 == "bound" {
		port = $3; sub(/:.*/, "", port)
		interface = $3; sub(/.*\./, "", interface)
		if (!(port in serial)) next
		verdict = effect[seen[port], interface]
		if (verdict == "allow" || verdict == "read-only" || verdict == "encrypted-only")
			good++
		else
			print "unjudged:", $0, serial[port], verdict
	}
	END { printf "%d plugs, %d unseen, %d judged, %d permitted binds\n", plugs, unseen, n_judged, good }'
}

guest 'controllers; modprobe usb-storage; echo 0 >/sys/module/usb_storage/parameters/delay_use
	truncate -s 8M /var/tmp/soak.img; mkfs.ext4 -qF /var/tmp/soak.img
	stick() { gadget make $1 vendor=1d6b product=0105 serial=$1 storage=/var/tmp/soak.img; }
	stick GADGET-RW; stick STRESS-0; stick SOAK-STICK
	gadget make SOAK-KEYS vendor=1d6b product=0106 serial=SOAK-KEYS keyboard
	for s in COMBO-REG SOAK-COMBO; do
		gadget make $s vendor=1d6b product=0104 serial=$s storage=/var/tmp/soak.img keyboard ecm
	done
	gadget make SOAK-PHONE vendor=18d1 product=4ee1 serial=SOAK-PHONE interface=06:01:01
	gadget make SOAK-ADB vendor=18d1 product=4ee2 serial=SOAK-ADB storage=/var/tmp/soak.img interface=ff:42:01
	gadget make SOAK-NET vendor=1d6b product=0108 serial=SOAK-NET rndis
	gadget make SOAK-SERIAL vendor=1d6b product=0109 serial=SOAK-SERIAL serial'
before=$(guest last_seq)
guest -t 600 "soak $((plugs < 100 ? plugs : 100)) $seed 4 $gadgets >/dev/null" # what is taken once is taken
began=$(resident)
echo "# seed $seed; resident $began kB"
start=$SECONDS
guest -t 7200 "soak $plugs $((seed + 1)) 4 $gadgets >/run/bench/soak.seen"
echo "# $plugs plugs took $((SECONDS - start)) s"
guest -t 120 "ledger | tail -n +$((before + 1)) >/run/bench/soak.ledger"
result=$(history | audit)
echo "# $(tail -n 1 <<<"$result")"
is "of $plugs plugs no driver was bound without a permit" '' grep unjudged <<<"$result"
ok 'drivers were bound' grep -E '[1-9][0-9]* permitted binds' <<<"$result"
ended=$(resident)
echo "# resident $ended kB"
ok 'memory is bounded' test $((ended - began)) -le 1024

guest 'i=0; for s in GADGET-RW SOAK-STICK SOAK-KEYS SOAK-COMBO; do gadget plug $s dummy_udc.$((i++)); done'
ok 'what is plugged in at the end is judged' guest -t 90 "for s in GADGET-RW SOAK-STICK SOAK-KEYS SOAK-COMBO; do
		within 30 decided_since $(guest last_seq) \$s || [[ -n \$(decided \$s) ]]; done"
ok 'a registered stick has its driver' guest 'within 20 driver_is GADGET-RW 0 usb-storage'
is 'an unknown one is not authorized' 0 guest 'cat $(usb SOAK-STICK)/authorized'
ok 'a keyboard has its driver' guest 'within 20 driver_is SOAK-KEYS 0 usbhid'
is 'a device of many functions only that of its keyboard' 'none usbhid none none' \
	guest 'within 20 driver_is SOAK-COMBO 1 usbhid; echo $(for i in 0 1 2 3; do driver SOAK-COMBO $i; done)'
is 'the agent knows of the devices that sysfs shows, and of no other' '' guest 'diff \
	<(devgate devices --json | jq -r ".devices[].device | select(.bus == \"usb\").port" | sort) \
	<(for d in /sys/bus/usb/devices/[0-9]*-*; do [[ $d == *:* ]] || echo ${d##*/}; done | sort)'
ok 'the chain holds' guest -t 120 'devgate ledger verify'
ok 'the collector has it all' eventually 300 collector_has_all
guest -t 300 'udevadm settle --timeout=280 || true'
guest "for s in $gadgets; do gadget remove \$s; done; rm /var/tmp/soak.img
	echo 1 >/sys/module/usb_storage/parameters/delay_use"
