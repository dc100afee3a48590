# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# What is done to the files of a stick that is registered with the file trail is recorded: by whom,
# with which program, however it is mounted, also when the stick is pulled; a copy of many files makes
# few records; what is missing is said.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

# In the guest: shown KIND PATH: the last record of that kind that shows a file of that path.
# mount_stick SERIAL WHERE: its first partition, by root; leave WHERE: again, as a file that is being
# hashed keeps its file system from being unmounted for that moment.
tools='
shown() { ledger | grep -F "\"kind\":\"file.$1\"" | jq -c --arg p "$2" \
	"select(any(.shown[]; .path == \$p))" | tail -n 1; }
is_shown() { [[ -n $(shown "$1" "$2") ]]; }
told() { within 15 is_shown "$1" "$2" && shown "$1" "$2"; }
instance() { lines device.decided "$1" | tail -n 1 | jq -r .instance; }
mount_stick() { within 20 disk_ready "$1" && mkdir -p "$2" && mount "/dev/$(disk "$1")1" "$2"; }
leave() { within 20 umount "$1" 2>/dev/null; }
gap() { ledger | grep -F "\"what\":\"$1\"" | grep -qF "\"witness\":\"files\""; }
watches() { [[ $(systemctl show -P StatusText devgate-filewatch) == Watching ]]; }
'
trail()
{
	guest -t 90 "$tools$1"
}

for tag in 0 1 2; do
	ctl media register --vendor 46f4 --product 0001 --serial "TRAIL-$tag" --tag "A-03$tag" \
		--modifier trail --modifier noexec >/dev/null
done
policy_push policies/desk.json >/dev/null

is 'the kernel tells of files' active guest 'devgate status --json | jq -r .trail'
ok 'and somebody listens' trail 'within 20 watches'
stick "$SITE/trail.img" TRAIL 64
plug_stick trail TRAIL-0 "$SITE/trail.img"
is 'a stick is allowed, with the file trail' 'allow ["noexec","trail"]' guest \
	'lines device.decided TRAIL-0 | tail -n 1 | jq -r "\"\(.verdict) \(.modifiers)\""'

# By alice, through udisks.
ok 'alice mounts it, and writes, copies, renames, removes and reads' trail '
	within 20 disk_ready TRAIL-0 && as-alice udisksctl mount -b /dev/$(disk TRAIL-0)1 &&
	cd / && as-alice bash -c "cd /media/alice/TRAIL; echo secret >written; mkdir sub
		cp /etc/os-release sub/copied; echo x >old; mv old sub/new; echo y >gone; rm gone
		mkdir empty; rmdir empty; cat sub/new; echo more >>written"'
ok 'a file that was written: device, user, program, size and hash' trail '
	told written /written | jq -e --arg i "$(instance TRAIL-0)" --arg h "$(
		printf "secret\nmore\n" | sha256sum | cut -d" " -f1)" ".instance == \$i and
		.device.serial == \"TRAIL-0\" and .person == \"alice\" and .uid == 1000 and
		.program == \"/usr/bin/bash\" and (.shown[] | select(.path == \"/written\") |
		.size == 12 and .sha256 == \$h)" || { ledger | tail -n 20; false; }'
ok 'a program that has ended is known all the same' trail '
	told written /sub/copied | jq -e --arg h "$(sha256sum </etc/os-release | cut -d" " -f1)" \
		".program == \"/usr/bin/cp\" and .shown[0].sha256 == \$h" || { ledger | tail -n 20; false; }'
ok 'a new name' trail 'told renamed /old | jq -e ".program == \"/usr/bin/mv\" and
	.shown[0].to == \"/sub/new\""'
ok 'a removal, of a directory, too' trail 'told removed /gone && told removed /empty'
ok 'what was read' trail 'told read /sub/new | jq -e ".program == \"/usr/bin/cat\""'
ok 'a time that is now' trail 'told read /sub/new | jq -e "(.last[:19] + \"Z\" | fromdate) as \$t |
	(now - \$t | fabs) < 120 and .first <= .last"'

ok 'a program on a file system of its own, by its whole path' trail '
	mkdir -p /run/programs && mount -t tmpfs tmpfs /run/programs && mkdir /run/programs/bin &&
	cp /bin/cat /run/programs/bin/other && as-alice /run/programs/bin/other /media/alice/TRAIL/sub/copied
	told read /sub/copied | jq -e ".program == \"/run/programs/bin/other\" and (has(\"cut\") | not)"
	r=$?; umount /run/programs; exit $r'
# A lease makes it fail after the trail has seen it; what it was about is then another file.
ok 'an opening that fails is not told as that of another file' trail '
	cat >/run/refused.py <<-"P"
		import fcntl, os, signal, sys, time
		signal.signal(signal.SIGIO, signal.SIG_IGN)
		held = os.open(sys.argv[1], os.O_RDWR)
		fcntl.fcntl(held, fcntl.F_SETLEASE, fcntl.F_WRLCK)
		failed = 0
		for i in range(400):
		    try:
		        os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)
		    except BlockingIOError:
		        failed += 1
		time.sleep(1)
		for i in range(400):
		    open(f"/home/alice/elsewhere-{i}", "w").close()
		fcntl.fcntl(held, fcntl.F_SETLEASE, fcntl.F_UNLCK)
		sys.exit(failed != 400)
	P
	as-alice python3 /run/refused.py /media/alice/TRAIL/sub/copied && as-alice cat /media/alice/TRAIL/written
	told read /written >/dev/null; ! ledger | grep -F elsewhere-'
# Programs under noexec.
ok 'a program that is refused' trail '
	as-alice cp /bin/true /media/alice/TRAIL/program
	! as-alice /media/alice/TRAIL/program 2>/dev/null
	told blocked /program | jq -e ".violation and .person == \"alice\" and .files >= 1"'

# Mounts that udisks knows nothing of.
trail 'cd /; umount /media/alice/TRAIL'
ok 'a mount by hand' trail 'mount_stick TRAIL-0 /mnt/hand && cp /etc/hosts /mnt/hand/by-hand
	leave /mnt/hand; told written /by-hand'
ok 'a mount in a mount namespace of its own, which nobody else sees' trail '
	unshare --mount bash -c "mount /dev/$(disk TRAIL-0)1 /mnt/hand && echo 1 >/mnt/hand/hidden
		umount /mnt/hand"
	told written /hidden | jq -e ".shown[] | select(.path == \"/hidden\") |
		.unhashed == \"unreachable\""'
ok 'a file that is written before anybody can have seen the mount' trail '
	for i in {1..16}; do
		mount /dev/$(disk TRAIL-0)1 /mnt/hand && echo >/mnt/hand/at-once-$i; leave /mnt/hand
	done
	told written /at-once-16 >/dev/null; ledger | grep -F file.written |
		jq -r ".shown[].path" | grep -c ^/at-once- | grep -qx 16'
ok 'a loop device on a file of its' trail '
	mount_stick TRAIL-0 /mnt/hand && truncate -s 4M /mnt/hand/image &&
	mkfs.ext4 -q /mnt/hand/image && leave /mnt/hand; told written /image'

# Other file systems.
for type in vfat exfat; do
	ok "$type" trail "case $type in vfat) make=mkfs.vfat ;; exfat) make=mkfs.exfat ;; esac
		\$make /dev/\$(disk TRAIL-0)1 >/dev/null && mount_stick TRAIL-0 /mnt/hand &&
		echo 1 >/mnt/hand/on-$type && mv /mnt/hand/on-$type /mnt/hand/to-$type
		cat /mnt/hand/to-$type; leave /mnt/hand
		told renamed /on-$type && told written /on-$type && told read /to-$type"
done
trail 'mkfs.ext4 -qF -L TRAIL /dev/$(disk TRAIL-0)1'

# Many.
ok 'two thousand files are a few records, that count them all' trail '
	mount_stick TRAIL-0 /mnt/hand && mkdir /tmp/many && cd /tmp/many && touch {1..2000} &&
	sleep 4 && seq=$(($(last_seq) + 1)) && cp -r /tmp/many /mnt/hand/ && cd / && leave /mnt/hand &&
	within 30 eval "[[ \$(ledger | tail -n +$seq | grep -F file.written |
		jq -s \"map(.files) | add\") == 2000 ]]" &&
	(($(ledger | tail -n +$seq | grep -c file.written) <= 8)) || {
		ledger | tail -n +$seq | cut -c1-400; false; }'

# The watcher ends.
ok 'what is written while the watcher is dead is recorded when it is back' trail '
	mount_stick TRAIL-0 /mnt/hand && mkdir -p /run/systemd/system/devgate-filewatch.service.d &&
	printf "[Service]\nRestartSec=4\n" >/run/systemd/system/devgate-filewatch.service.d/bench.conf &&
	systemctl daemon-reload && kill -KILL $(systemctl show -P MainPID devgate-filewatch) &&
	echo 1 >/mnt/hand/unwatched; leave /mnt/hand
	rm /run/systemd/system/devgate-filewatch.service.d/bench.conf; systemctl daemon-reload
	told written /unwatched'
ok 'and its end is a recorded gap' trail 'gap watcher-ended'
ok 'an enforcer that is killed takes it up again' trail '
	kill -KILL $(systemctl show -P MainPID devgate-enforcer); within 30 agent_is_active
	mount_stick TRAIL-0 /mnt/hand && echo 1 >/mnt/hand/again; leave /mnt/hand
	told written /again | jq -e --arg i "$(instance TRAIL-0)" ".instance == \$i"'

# The stick is pulled while it is being written.
trail 'mount_stick TRAIL-0 /mnt/hand
	setsid -f bash -c "echo \$\$ >/run/torn.pid; exec 3>/mnt/hand/torn
		while printf %65536d 0 >&3; do :; done" 2>/dev/null
	within 10 test -s /mnt/hand/torn'
vm unplug trail
ok 'a file that was being written when the stick was pulled' trail '
	within 20 absent TRAIL-0; kill $(</run/torn.pid) 2>/dev/null
	told written /torn | jq -e ".device.serial == \"TRAIL-0\"" || { ledger | tail -n 5; false; }'
trail 'umount -l /mnt/hand'

# Where nobody asked for it.
stick "$SITE/rw.img" REGISTERED 32
plug_stick rw REG-RW "$SITE/rw.img"
ok 'another stick has no trail' trail 'seq=$(last_seq); mount_stick REG-RW /mnt/hand &&
	echo 1 >/mnt/hand/private; leave /mnt/hand; sleep 4
	! ledger | tail -n +$((seq + 1)) | grep -F "\"kind\":\"file."'
vm unplug rw
ok 'all of it is at the collector' eventually 20 collector_has_all
