# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# What may be used depends on the hour, on how many there are, on who is there and where; and it
# changes while the device is plugged in.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

# why SERIAL: what the last change of it was caused by.
why()
{
	guest "lines device.changed $1 | tail -n 1 | jq -c '[.cause, .facts]'"
}

# works NAME SERIAL RULE: it is permitted by the rule, and its disk is there.
works()
{
	ok "$1" guest -t 60 "within 30 decided_as $2 'allow rule:$3' && within 20 disk_ready $2"
}

# shut NAME SERIAL: it is denied, and has no disk.
shut()
{
	ok "$1" guest -t 150 "no_disk() { ! disk $2; }
		within 100 decided_as $2 'deny default:storage' && within 20 no_disk"
}

# The guest's clock, in UTC of the day that the scenario began.
set_clock()
{
	guest "date -u -s \"\$(cat /run/today) $1\" >/dev/null"
}

# alice's screen, as its locker would tell logind.
set_locked()
{
	guest "session=\$(loginctl -p ActiveSession --value show-seat seat0)
		path=\$(busctl --json=short call org.freedesktop.login1 /org/freedesktop/login1 \
			org.freedesktop.login1.Manager GetSession s \$session | jq -r '.data[0]')
		busctl call org.freedesktop.login1 \$path org.freedesktop.login1.Session \
			SetLockedHint b $1"
}

for serial in OFFICE-1 OFFICE-2 SEAT SITE KNOWN; do
	stick "$SITE/$serial.img" "$serial"
done
ok 'a policy of circumstances comes into force' policy_push policies/circumstances.json
is 'the workstation knows its unit' finance guest 'jq -r .unit /etc/devgate/collector.json'
guest 'timedatectl set-timezone Etc/UTC; read -r up _ </proc/uptime
	echo $(($(date +%s) - ${up%.*})) >/run/booted; date +%F >/run/today'

set_clock 12:00
plug_stick one OFFICE-1 "$SITE/OFFICE-1.img"
works 'an unknown stick works in office hours' OFFICE-1 office-hours
plug_stick two OFFICE-2 "$SITE/OFFICE-2.img"
shut 'a second stick does not' OFFICE-2
works 'and the first goes on working' OFFICE-1 office-hours
vm unplug one
works 'when the first goes, the second works' OFFICE-2 office-hours
is 'the record says that their number did it' '["circumstances",["count"]]' why OFFICE-2
vm unplug two

plug_stick one OFFICE-1 "$SITE/OFFICE-1.img"
works 'one alone works again' OFFICE-1 office-hours
set_clock 17:59:54
ok 'before six it still works' guest 'decided_as OFFICE-1 "allow rule:office-hours"'
shut 'at six it is cut off' OFFICE-1
is 'the record says that the hour did it' '["circumstances",["time"]]' why OFFICE-1
set_clock 07:59:54
ok 'the clock is set back to before eight: it stays shut' \
	guest 'pause 2; decided_as OFFICE-1 "deny default:storage"'
works 'at eight it comes back' OFFICE-1 office-hours
guest 'timedatectl set-timezone Pacific/Honolulu'
shut 'another time zone, where it is night: it is cut off' OFFICE-1
guest 'timedatectl set-timezone Etc/UTC'
works 'and back' OFFICE-1 office-hours
set_clock 20:00
shut 'the clock is set to the evening: it is cut off at once' OFFICE-1
vm unplug one

plug_stick known KNOWN "$SITE/KNOWN.img"
shut 'a stick that was never here is denied' KNOWN
set_clock '20:30 tomorrow'
works 'a day later it works' KNOWN known
vm unplug known
guest 'read -r up _ </proc/uptime; date -s "@$(($(cat /run/booted) + ${up%.*}))" >/dev/null'

plug_stick site SITE "$SITE/SITE.img"
shut 'off site it is denied' SITE
guest 'ip addr add 10.9.0.1/24 dev lo'
works 'on site it works' SITE on-site
is 'the record says that the place did it' '["circumstances",["site"]]' why SITE
guest 'ip addr del 10.9.0.1/24 dev lo'
shut 'off site it is cut off' SITE
vm unplug site

plug_stick seat SEAT "$SITE/SEAT.img"
works 'with alice at the seat it works' SEAT at-the-seat
set_locked true
shut 'her screen is locked: it is cut off' SEAT
is 'the record says that the session did it' '["circumstances",["session"]]' why SEAT
set_locked false
works 'and works when it is opened' SEAT at-the-seat
# Her session ends with its getty, but for a program of hers: logind goes on calling it the active one.
guest 'as-alice setsid sleep 600 >/dev/null 2>&1 </dev/null &
	within 30 pgrep -x -u alice sleep >/dev/null && systemctl stop getty@tty1.service'
shut 'she leaves, and a program of hers stays: it is cut off' SEAT
ok 'though her session is not over' guest \
	'[[ $(loginctl -p State --value show-session "$(loginctl -p ActiveSession --value show-seat seat0)") == closing ]]'
guest 'pkill -x -u alice sleep'
is 'the record says that the person did it' '"circumstances"' \
	guest 'lines device.changed SEAT | tail -n 1 | jq -c .cause'
vm unplug seat
ok 'nothing wakes the agent more than once a second' guest -t 30 \
	'pid=$(systemctl show -P MainPID devgate-enforcer.service)
	switches() { awk "/^voluntary/ { print \$2 }" /proc/$pid/status; }
	pause 2; before=$(switches); pause 5; after=$(switches)
	echo "$((after - before)) in 5 s"; ((after - before <= 5))'
guest 'systemctl start getty@tty1.service'
ok 'she comes back' guest -t 90 \
	'sits() { [[ -n $(loginctl -p ActiveSession --value show-seat seat0) ]]; }; within 80 sits'
plug_stick seat SEAT "$SITE/SEAT.img"
works 'and it works' SEAT at-the-seat
guest 'lines device.changed SEAT | wc -l >/run/changes
	systemctl restart devgate-enforcer.service; within 20 agent_is_active'
works 'also after a restart of the agent' SEAT at-the-seat
ok 'which does not interrupt it' guest '[[ $(lines device.changed SEAT | wc -l) == $(</run/changes) ]]'
vm unplug seat

ok 'back to desk' policy_push policies/desk.json
ok 'the chain holds' guest 'devgate ledger verify'
