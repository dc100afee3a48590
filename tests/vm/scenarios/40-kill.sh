# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# kill -9 of either process, at many moments: no device becomes safer to misuse, the verdicts after
# the restart are the same, and no line of the ledger is lost or doubled.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

stick "$SITE/rw.img" REGISTERED
stick "$SITE/ro.img" READONLY
stick "$SITE/unknown.img" UNKNOWN
verdicts=$'allow registered:A-001\nread-only registered:A-002\ndeny default:storage'

verdicts()
{
	guest 'decided REG-RW; decided REG-RO; decided NOBODYS'
}

# What the kernel holds to, whoever runs.
holds()
{
	is "$1: the read-only stick stays read-only" 1 guest 'cat /sys/block/$(disk REG-RO)/ro'
	fails "$1: root cannot write to it" guest \
		'dd if=/dev/zero of=/dev/$(disk REG-RO) bs=4096 seek=200 count=1 conv=notrunc'
	is "$1: the unknown stick has no interface" absent guest 'driver NOBODYS 0'
	ok "$1: the registered stick can be written" guest \
		'dd if=/dev/zero of=/dev/$(disk REG-RW) bs=512 seek=100 count=1 conv=notrunc,fsync'
}

kill_enforcer='kill -KILL $(systemctl show -P MainPID devgate-enforcer)'

plug_stick rw REG-RW "$SITE/rw.img"
plug_stick ro REG-RO "$SITE/ro.img"
plug_stick unknown NOBODYS "$SITE/unknown.img"
guest 'within 20 disk_ready REG-RW && within 20 disk_ready REG-RO'
before=$(guest 'ledger | grep -c device.decided')

# For a while nobody restarts it, so that the kernel stands alone.
guest "mkdir -p /run/systemd/system/devgate-enforcer.service.d
	printf '[Service]\nRestartSec=6\n' >/run/systemd/system/devgate-enforcer.service.d/bench.conf
	systemctl daemon-reload; $kill_enforcer"
holds 'enforcer dead'
stick "$SITE/late.img" LATE
vm plug late usb-storage serial=LATE "image=$SITE/late.img"
sleep 2
fails 'the enforcer is still dead' guest 'agent_is_active'
is 'a stick that comes meanwhile gets no interface' absent guest 'driver LATE 0'
ok 'the enforcer comes back' guest 'within 30 agent_is_active'
guest 'rm /run/systemd/system/devgate-enforcer.service.d/bench.conf; systemctl daemon-reload'
ok 'and judges what came meanwhile' guest 'within 20 decided_since 0 LATE'
is 'denied' 'deny default:storage' guest 'decided LATE'
is 'the same verdicts for the rest' "$verdicts" verdicts
holds 'enforcer back'
is 'what was decided is not recorded twice' $((before + 1)) guest 'ledger | grep -c device.decided'
is 'the record tells of the crash' crash guest 'lines agent.started | tail -n 1 | jq -r .after'
vm unplug late

# Kill at moments spread over the life of a plug: before it, in its midst, after.
guest 'echo 0 >/sys/module/usb_storage/parameters/delay_use
	controllers
	truncate -s 16M /var/tmp/kill.img; mkfs.ext4 -qF /var/tmp/kill.img
	gadget make kro vendor=1d6b product=0105 serial=STRESS-0 storage=/var/tmp/kill.img
	gadget make kno vendor=1d6b product=0105 serial=KILL-UNKNOWN storage=/var/tmp/kill.img'
result=$(guest -t 600 'kills 16 REG-RW' | tail -n 1)
echo "# $result"
is 'killed around 16 plugs: each time all were judged' 16 jq .judged <<<"$result"
is 'each time the read-only stick came up read-only' 16 jq .read_only <<<"$result"
is 'never was it writable' '0 0 0' jq -r '.writer | "\(.written) \(.mounted_rw) \(.remounted_rw)"' <<<"$result"
is 'never had the unknown stick a driver' 0 jq .unknown_bound <<<"$result"
guest -t 300 'udevadm settle --timeout=280 || true'
guest 'gadget remove kro; gadget remove kno; echo 1 >/sys/module/usb_storage/parameters/delay_use'
is 'the same verdicts for what stayed plugged in' "$verdicts" verdicts
holds 'after the kills'

fails 'a second enforcer beside the first is refused' guest \
	'timeout 20 /usr/libexec/devgate/devgate-enforcer'

# The reporter, while it uploads.
ok 'the reporter survives its kills' guest -t 120 'for i in 1 3 5 7; do
		kill -KILL $(systemctl show -P MainPID devgate-reporter); sleep 0.$i
		within 20 systemctl is-active -q devgate-reporter || exit 1
		sleep 0.$i
	done'
ok 'the chain holds' guest 'devgate ledger verify'
is 'no number is missing or there twice' '' guest \
	'ledger | jq .seq | awk "\$1 != NR { print \"line \" NR \" has seq \" \$1 }" | head -n 3'
is 'no stay of a device is judged twice' '' guest \
	'ledger | jq -r "select(.kind == \"device.decided\") | .instance" | sort | uniq -d'
ok 'the collector has the same bytes' eventually 60 collector_has_all
vm unplug rw
vm unplug ro
vm unplug unknown
