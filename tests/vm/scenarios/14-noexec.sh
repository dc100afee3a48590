# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# No program is started from a stick that is registered with noexec, whoever tries and however; what
# is copied off it runs.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

# What is tried with the programs on a mounted file system; $2 is as-alice, or "" for root.  One call
# of the guest: each is dear.
refused()
{
	local name=$1 as=$2 where=$3
	is "$name: not executed, nor by the dynamic linker, nor a script, nor mapped as a library" \
		$'126\n126\nfailed to map\nfailed to map' guest "
		for program in program script; do
			$as bash -c '$where/'\$program'; echo \$?' 2>/dev/null
		done
		$as /lib64/ld-linux-x86-64.so.2 $where/program 2>&1 | grep -o 'failed to map'
		$as env LD_PRELOAD=$where/libc.so.6 true 2>&1 | grep -o 'failed to map' | head -n 1"
}

# In the guest: programs for a stick that is mounted at $1.
fill='fill() { cp /bin/true "$1/program"; printf "#!/bin/sh\nexit 0\n" >"$1/script"
	cp /lib/x86_64-linux-gnu/libc.so.6 "$1/"; chmod 755 "$1"/*; sync -f "$1"; }'

ctl media register --vendor 46f4 --product 0001 --serial NOEXEC --tag A-020 --modifier noexec >/dev/null
ctl media register --vendor 46f4 --product 0001 --serial NOEXEC-LUKS --tag A-021 --modifier noexec >/dev/null
policy_push policies/desk.json >/dev/null

is 'the kernel asks our programs' active guest 'devgate status --json | jq -r .noexec'
stick "$SITE/noexec.img" NOEXEC 32
stick "$SITE/luks.img" LUKS 48
stick "$SITE/rw.img" REGISTERED 32
plug_stick noexec NOEXEC "$SITE/noexec.img"
plug_stick rw REG-RW "$SITE/rw.img"
is 'a stick is allowed, with noexec' 'allow ["noexec"]' guest \
	'lines device.decided NOEXEC | tail -n 1 | jq -r "\"\(.verdict) \(.modifiers)\""'
ok 'alice mounts it through udisks' guest \
	'within 20 disk_ready NOEXEC && as-alice udisksctl mount -b /dev/$(disk NOEXEC)1'
ok 'and sees in its mount that nothing runs from it' guest \
	'findmnt -no OPTIONS /media/alice/NOEXEC | grep -qw noexec'
guest "$fill; fill /media/alice/NOEXEC"
# without the mount's own option, which anybody who may mount can leave out
ok 'root mounts it without that option' guest 'mount -o remount,exec /media/alice/NOEXEC &&
	! findmnt -no OPTIONS /media/alice/NOEXEC | grep -qw noexec'
refused alice as-alice /media/alice/NOEXEC
refused root '' /media/alice/NOEXEC
ok 'a file system stacked on it does not run it either' guest '
	mkdir -p /run/over /run/upper /run/work && modprobe overlay &&
	mount -t overlay -o lowerdir=/media/alice/NOEXEC:/run/upper over /run/over &&
	! /run/over/program && ! /lib64/ld-linux-x86-64.so.2 /run/over/program; r=$?
	umount /run/over; exit $r'
ok 'a program that is copied off it runs' guest \
	'as-alice cp /media/alice/NOEXEC/program /tmp/copied && as-alice /tmp/copied'
ok 'an interpreter that reads a script from it runs' guest 'as-alice sh /media/alice/NOEXEC/script'
ok 'another stick is not concerned' guest "$fill"'
	within 20 disk_ready REG-RW && mkdir -p /mnt/rw && mount /dev/$(disk REG-RW)1 /mnt/rw &&
	fill /mnt/rw && /mnt/rw/program && as-alice /mnt/rw/script; r=$?; umount /mnt/rw; exit $r'

# What the device mapper lays on it is marked with it.
plug_stick luks NOEXEC-LUKS "$SITE/luks.img"
ok 'a stick with LUKS is made and unlocked' guest "$fill"'
	within 20 disk_ready NOEXEC-LUKS && printf secret >/run/key &&
	cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 \
		/dev/$(disk NOEXEC-LUKS)1 /run/key &&
	cryptsetup open --key-file /run/key /dev/$(disk NOEXEC-LUKS)1 secret &&
	mkfs.ext4 -qF /dev/mapper/secret && mkdir -p /mnt/luks &&
	mount /dev/mapper/secret /mnt/luks && fill /mnt/luks'
refused 'LUKS, root' '' /mnt/luks
refused 'LUKS, alice' as-alice /mnt/luks

kill_enforcer='mkdir -p /run/systemd/system/devgate-enforcer.service.d
	printf "[Service]\nRestartSec=20\n" >/run/systemd/system/devgate-enforcer.service.d/bench.conf
	systemctl daemon-reload; kill -KILL $(systemctl show -P MainPID devgate-enforcer)'
guest "$kill_enforcer"
fails 'the enforcer is dead' guest 'agent_is_active'
is 'the dead enforcer leaves it in force' 126 guest \
	'as-alice bash -c "/media/alice/NOEXEC/program; echo \$?" 2>/dev/null'
is 'for LUKS, too' 126 guest 'bash -c "/mnt/luks/program; echo \$?" 2>/dev/null'
guest 'rm /run/systemd/system/devgate-enforcer.service.d/bench.conf; systemctl daemon-reload
	systemctl restart devgate-enforcer; within 30 agent_is_active'
is 'the next one takes it over' 126 guest \
	'as-alice bash -c "/media/alice/NOEXEC/program; echo \$?" 2>/dev/null'

guest 'umount /mnt/luks; cryptsetup close secret; umount /media/alice/NOEXEC'
vm unplug luks
vm unplug noexec
vm unplug rw
ok 'nothing stays marked when they have gone' guest 'within 10 absent NOEXEC'
