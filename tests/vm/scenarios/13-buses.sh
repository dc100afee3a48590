# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# What is not on USB: an SD card, an NVMe disk in a PCIe slot, a disk of an eSATA adapter in another,
# and an optical drive; denied, read-only and allowed, as the policy changes while they are there.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

# guest(), with buses.sh
bus()
{
	if [[ $1 == -t ]]; then
		guest -t "$2" ". /run/bench/guest/buses.sh; $3"
	else
		guest ". /run/bench/guest/buses.sh; $1"
	fi
}

# Who may open what: NAME EXPECTED MODE
opened()
{
	is "$1" "$2" bus "for n in mmcblk0 nvme0n1 \$(cat /run/esata) sr0; do opens \$n $3; done | sort -u"
}

card=mmc0:4567 slot=0000:01:00.0 # as QEMU numbers them
truncate -s 16M "$SITE/card.img" "$SITE/nvme.img"
mke2fs -q -t ext4 -L CARD -E root_owner=1000:1000 "$SITE/card.img" 2>/dev/null
mke2fs -q -t ext4 -L DISC "$SITE/disc.img" 8M 2>/dev/null
truncate -s 8M "$SITE/other.img"

# An eSATA adapter comes with a disk.
find_esata='find /sys/devices/pci*/*/*/ata*/host*/target*/*/block -mindepth 1 -maxdepth 1 -name "sd*" 2>/dev/null'
seq=$(guest last_seq)
ok 'an eSATA adapter comes with its disk' guest -t 40 "echo 1 >/sys/bus/pci/rescan; within 30 eval '$find_esata | grep -q .'
	d=\$($find_esata); echo \"\${d##*/}\" >/run/esata; p=\${d#*/ata}; echo \"ata\${p%%/*}\" >/run/esata.port
	within 20 decided_since $seq ESATA-1"
esata=$(guest 'cat /run/esata.port')
disc=$(guest 'd=$(readlink -f /sys/block/sr0); p=${d#*/ata}; echo "ata${p%%/*}"')

is 'it is denied: it is in a hot-plug slot' 'deny default:storage' bus "verdict $esata"
# Recorded when there was no policy yet, and no verdict has changed since.
is 'so is the optical drive, since the agent came' 'deny builtin:storage' bus "verdict $disc"
is 'the records say which buses they are on' 'ata hotplug ESATA-1 optical hardwired null' \
	guest "for p in $esata $disc; do ledger | grep -F '\"port\":\"'\$p'\"' | tail -n 1 |
		jq -r '.device | .bus, .connect, .serial'; done | tr '\n' ' ' | sed 's/ \$//'"

# Unknown ones come.
vm insert disc "$SITE/disc.img"
seq=$(guest last_seq)
vm insert card "$SITE/card.img"
vm plug nvme nvme bus=dockslot serial=NV-1 "image=$SITE/nvme.img"
ok 'a card and an NVMe disk that come are judged' \
	bus -t 40 "within 30 judged_since $seq $card && within 30 judged_since $seq $slot"
is 'the card is denied' 'deny default:storage' bus "verdict $card"
is 'the NVMe disk is denied' 'deny default:storage' bus "verdict $slot"
is 'it is known by its serial' NV-1 guest \
	"ledger | grep -F '\"port\":\"$slot\"' | tail -n 1 | jq -r .device.serial"
ok 'their disks are there, and read-only' \
	bus 'within 20 there mmcblk0 nvme0n1 && within 10 read_only mmcblk0 nvme0n1 $(cat /run/esata) sr0'
opened 'nobody reads them' nobody r
is 'nor the raw nodes beside them' nobody \
	bus 'for n in ng0n1 nvme0 $(cd /dev; ls sg* bsg/*); do opens $n r; done | sort -u'
ok 'while the disk of the system is as it was' bus 'opens_as vda r "root alice" && touch /var/tmp/x && sync'

# Read-only.
ok 'a policy that lets them be read' policy_push policies/buses-read-only.json
ok 'takes effect on those that are there' bus -t 40 "for p in $card $slot $esata $disc; do
	within 10 verdict_like \$p 'read-only rule:*' || exit 1; done
	within 20 opens_as mmcblk0 r 'root alice' && within 20 opens_as nvme0n1 r 'root alice' &&
	within 20 opens_as \$(cat /run/esata) r 'root alice' && within 20 opens_as sr0 r 'root alice'"
ok 'they are read-only disks' bus 'read_only mmcblk0 nvme0n1 $(cat /run/esata) sr0'
opened 'nobody writes to them' nobody w
is 'raw nodes stay shut: they go past read-only' nobody bus 'opens ng0n1 r'
ok 'the card can be mounted, and read' guest \
	'mkdir -p /mnt/card && mount -o ro,noload /dev/mmcblk0 /mnt/card && ls -d /mnt/card/lost+found'
fails 'but not remounted for writing' guest 'mount -o remount,rw /mnt/card'
guest 'umount /mnt/card'
ok 'a disc can be read' guest 'head -c 4096 /dev/sr0 | cmp - <(head -c 4096 /dev/sr0)'
before=$(sha256sum <"$SITE/card.img")

# Allowed.
ok 'a policy that lets them be used' policy_push policies/buses-allow.json
ok 'takes effect: root and alice write' bus -t 60 \
	"for n in mmcblk0 nvme0n1; do within 20 opens_as \$n w 'root alice' || exit 1; done
	within 20 opens_as \$(find /dev -name 'sd?' -printf '%f\n') w 'root alice'"
is 'what was read-only has been left as it was' "$before" bash -c "sha256sum <$SITE/card.img"
ok 'alice mounts the card through udisks and writes' guest \
	'udevadm settle -t 5; as-alice udisksctl mount -b /dev/mmcblk0 &&
	as-alice dd if=/dev/zero of=/media/alice/CARD/file bs=1M count=2 conv=fsync'
ok 'the NVMe disk is written to' guest 'dd if=/dev/zero of=/dev/nvme0n1 bs=1M count=4 oflag=direct'
is 'devgate lists them by their bus' 'mmc nvme optical ata' \
	guest "for p in $card $slot $disc $esata; do devgate devices --json |
		jq -r --arg p \$p '.devices[] | select(.device.port == \$p) | .device.bus'; done |
		tr '\n' ' ' | sed 's/ \$//'"
ok 'and explains' guest "devgate explain $card | grep -q cards"

seq=$(guest last_seq)
guest 'systemctl restart devgate-enforcer.service; within 20 agent_is_active'
is 'an agent that starts again finds the same stays' '' \
	guest "ledger | tail -n +$((seq + 1)) | grep -E '\"kind\":\"device\.(decided|changed|removed)\"'"
ok 'and what is mounted goes on' guest 'as-alice touch /media/alice/CARD/again'
guest 'as-alice udisksctl unmount -b /dev/mmcblk0'

# Another disc.
vm insert disc "$SITE/other.img"
ok 'another disc can be read' guest -t 30 'within 20 cmp -n 4096 /dev/sr0 /dev/zero'

# Denied again while somebody has them open.
guest 'setsid -f bash -c "exec 3<>/dev/mmcblk0; while (( \$(dd bs=4096 count=1 iflag=direct <&3 2>/dev/null | wc -c) > 0 ))
	do sleep 0.2; done; touch /run/cut-off" >/dev/null 2>&1; sleep 1; test ! -e /run/cut-off'
ok 'back to desk' policy_push policies/desk.json
ok 'all are denied' bus "for p in $card $slot; do within 10 verdict_is \$p 'deny default:storage' || exit 1; done"
ok 'nobody opens them' bus 'within 20 there mmcblk0 nvme0n1 && opens_as mmcblk0 r nobody && opens_as nvme0n1 r nobody && opens_as sr0 r nobody'
ok 'and who had one open reads nothing any more' guest -t 30 'within 20 test -e /run/cut-off'

# They leave.
seq=$(guest last_seq)
vm eject card
vm unplug nvme
ok 'the ends of their stays are recorded' \
	bus -t 40 "within 30 left_since $seq $card && within 30 left_since $seq $slot"
ok 'with the bytes that were written' guest \
	"ledger | grep -F '\"port\":\"$card\"' | grep -F device.removed | tail -n 1 | jq -e '.bytes_written >= 2097152'"
seq=$(guest last_seq)
ok 'an adapter that goes and comes brings its disk before the gate' bus -t 60 \
	"d=\$($find_esata); d=\$(readlink -f \"\${d%%/ata*}\")
	echo 1 >\"\$d/remove\"; within 20 left_since $seq $esata
	seq=\$(last_seq); echo 1 >/sys/bus/pci/rescan
	within 30 grep -q ESATA-1 <(ledger | tail -n +\$((seq + 1)) | grep -F device.decided)
	within 20 find /dev -name 'sd?' | grep -q . && opens_as \$(find /dev -name 'sd?' -printf '%f\n') r nobody"
guest "d=\$($find_esata); echo 1 >\"\${d%%/ata*}/remove\""
vm eject disc
