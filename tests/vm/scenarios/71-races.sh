# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# What can happen between a decision and its effect: a device that keeps the kernel waiting, another
# device at the same port, the same serial number twice, the agent stopped and upgraded.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

guest '. fake.sh; fake_controllers; watch; last_seq >/run/seq'

# A permitted device that takes 8 s for each request to set its configuration.
guest '. fake.sh; fake slow port=0 ids=1d6b:0105 serial=GADGET-RW interfaces=080650 delay=0009:8000
	within 10 fakes_are_decided $(cat /run/seq) slow; pause 0.5
	fake denied port=1 serial=MEANWHILE interfaces=080650
	fake opened port=30 ids=46f4:0001 serial=REG-RW interfaces=080650'
ok 'while a device keeps the kernel waiting, others are judged' \
	guest '. fake.sh; within 4 fakes_are_decided $(cat /run/seq) denied opened'
ok 'and opened' guest '. fake.sh; within 4 fake_drivers_are opened 1.0=usb-storage'
ok 'what does not answer has failed, which is recorded' \
	guest -t 40 'failed() { ledger | tail -n +$(cat /run/seq) | grep device.failed | grep -q GADGET-RW; }; within 30 failed'
is 'and is denied' 0 guest '. fake.sh; within 10 test "$(cat $(fake_path slow)/authorized)" = 0; cat $(fake_path slow)/authorized'
guest '. fake.sh; unfake slow denied opened'

# Another device comes to the port of a registered one while the agent sleeps, at many moments.
result=$(guest -t 240 '. fake.sh
	pid=$(systemctl show -P MainPID devgate-enforcer) configured=0 denied=0
	for i in {0..5}; do
		seq=$(last_seq)
		((i % 3)) || kill -STOP $pid
		fake good port=2 ids=46f4:0001 serial=REG-RW interfaces=080650
		pause 0.$((i * 37 % 60 + 10))
		kill -STOP $pid
		unfake good
		fake evil port=2 serial=EVIL-$i interfaces=080650
		pause 0.$((i * 53 % 40 + 30))
		kill -CONT $pid
		within 15 decided_since $seq EVIL-$i || echo "EVIL-$i: not decided" >&2
		[[ $(decided EVIL-$i) != "deny default:storage" ]] || denied=$((denied + 1))
		! fake_was_configured evil || configured=$((configured + 1))
		unfake evil
		pause 0.2
	done
	echo $denied $configured')
is 'another device at the same port, six times: each is judged, none is opened' '6 0' echo "$result"

# The same serial number twice.
guest '. fake.sh; last_seq >/run/seq
	fake one ids=46f4:0001 serial=REG-RW interfaces=080650
	within 10 fakes_are_decided $(cat /run/seq) one
	fake two ids=46f4:0001 serial=REG-RW interfaces=080650
	within 10 fakes_are_decided $(cat /run/seq) two'
is 'the second of two with one serial number is called a duplicate' duplicate \
	guest '. fake.sh; ledger | jq -r --arg p $(fake_port two) "select(.kind == \"device.decided\" and .device.port == \$p) | .device.identity" | tail -n 1'
guest '. fake.sh; unfake one two'

# In which order: the kernel's word, the decision, udev's word.
guest -t 120 '. fake.sh; watch; setsid -f uevents udev >/run/udev.log 2>&1; within 5 grep -q ready /run/udev.log
	last_seq >/run/seq
	n=30
	for class in 080650 030101 060101 020600 020201 070102 010100 0e0100 0b0000 fe0102 e00101; do
		fake order$n port=$n interfaces=$class
		n=$((n + 1))
	done
	within 30 fakes_are_decided $(cat /run/seq) order{30..40}
	pause 1
	unfake order{30..40}; watch_end'
guest 'came() { awk "\$2 == \"add\" && \$3 == \"usb\" && \$4 ~ /vhci.*\/[0-9]+-[0-9]+\$/ { sub(/.*\//, \"\", \$4); print \$4, \$1 }" $1; }
	came /run/uevents.log | while read -r port kernel; do
		echo "$port $kernel $(came /run/udev.log | awk "\$1 == \"$port\" { print \$2 }") $(ledger | tail -n +$(($(cat /run/seq) + 1)) |
			jq -r "select(.kind == \"device.decided\" and .device.port == \"$port\") | \"\(.mono_us / 1e6) \(.interfaces[0].function)\"")"
	done' >"$SITE/order"
awk 'NF == 5 { printf "#   %-10s decided %6.1f ms after the kernel told of it, udev %6.1f ms after that\n",
	$5, ($4 - $2) * 1000, ($3 - $2) * 1000 }' "$SITE/order"
is 'eleven kinds of device were told of by the kernel, decided, and told of by udev' 11 \
	awk 'NF == 5 { n++ } END { print n }' "$SITE/order"
guest 'systemctl kill -s STOP systemd-udevd.service; last_seq >/run/seq'
guest '. fake.sh; fake early serial=EARLY-UDEV interfaces=080650; fake early2 ids=46f4:0001 serial=REG-RW interfaces=080650'
ok "a device is judged on the kernel's word: udev need not run" \
	guest '. fake.sh; within 10 fakes_are_decided $(cat /run/seq) early early2'
ok 'and opened' guest '. fake.sh; within 10 fake_drivers_are early2 1.0=usb-storage'
guest 'systemctl kill -s CONT systemd-udevd.service; . fake.sh; unfake early early2'

# Stopped, and started again; devices come meanwhile.
guest 'systemctl stop devgate-enforcer; last_seq >/run/seq; watch
	. fake.sh; fake permitted ids=46f4:0001 serial=REG-RW interfaces=080650; fake refused serial=STOPPED interfaces=080650; pause 1'
is 'with the agent stopped nothing is opened' ' ' guest '. fake.sh; echo "$(fake_drivers permitted) $(fake_drivers refused)"'
ok 'it starts again, and judges them' guest -t 40 'systemctl start devgate-enforcer
	. fake.sh; within 30 fakes_are_decided $(cat /run/seq) permitted refused'
ok 'what is registered is opened' guest '. fake.sh; within 10 fake_drivers_are permitted 1.0=usb-storage'
is 'the other is not' '' guest '. fake.sh; fake_drivers refused'

# Upgraded: the package over itself, while devices come and go.
guest 'last_seq >/run/seq; setsid -f dpkg -i /run/bench/devgate-agent.deb >/run/dpkg.log 2>&1
	. fake.sh
	for i in {0..5}; do
		fake upgrade$i serial=UPGRADE-$i interfaces=080650
		pause 0.7
	done'
ok 'the upgrade ends' guest -t 90 'within 80 bash -c "! pidof dpkg >/dev/null" && dpkg -s devgate-agent | grep -qx "Status: install ok installed" && within 20 agent_is_active'
ok 'what came meanwhile has been judged' \
	guest -t 40 '. fake.sh; within 20 fakes_are_decided $(cat /run/seq) upgrade{0..5}'
is 'and nothing of it was opened' '' guest '. fake.sh; for i in {0..5}; do fake_drivers upgrade$i; ! fake_was_configured upgrade$i || echo upgrade$i; done'
is 'what was permitted before is, and works' '1.0=usb-storage' guest '. fake.sh; fake_drivers permitted'
is 'it was not judged twice' 1 guest '. fake.sh; ledger | tail -n +$(cat /run/seq) | jq -r "select(.kind | test(\"device.(decided|changed)\")) | .device.serial" | grep -c REG-RW | sed "s/^0$/1/"'
is 'no stay of a device is judged twice' '' \
	guest 'ledger | jq -r "select(.kind == \"device.decided\") | .instance" | sort | uniq -d'
ok 'the chain holds' guest 'devgate ledger verify'
guest '. fake.sh; unfake permitted refused upgrade{0..5}'
