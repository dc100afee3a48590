# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# What is plugged in as the machine starts: recorded as having worked before the agent did; and with
# the kernel told to keep USB closed, it does not.  A shutdown is told to the collector as one.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

# A member of the last decision on a stick that was made in this boot.
of_decision()
{
	guest "lines device.decided $1 | tail -n 1 | jq -c '$2'"
}

of_start()
{
	guest "lines agent.started | tail -n 1 | jq -c '$1'"
}

# How far the clock of the kernel's log is ahead of CLOCK_MONOTONIC, in microseconds: of nine messages,
# the one that was written quickest tells.
log_ahead_us()
{
	guest "python3 -c '
import os, time
log = os.open(\"/dev/kmsg\", os.O_RDWR)
os.lseek(log, 0, os.SEEK_END)
told = []
for i in range(9):
    before = time.monotonic_ns()
    os.write(log, b\"which time is it? %d\\n\" % i)
    after = time.monotonic_ns()
    while b\"time is it? %d\" % i not in (line := os.read(log, 8192)):
        pass
    told.append((after - before, int(line.split(b\",\")[2]) - (before + after) // 2000))
print(min(told)[1])'"
}

# CLOCK_MONOTONIC at the first message of a driver that takes a stick, in microseconds.
driver_us()
{
	local logged
	logged=$(guest 'dmesg | sed -n "s/^\[ *\([0-9]*\)\.\([0-9]*\)\] usb-storage .*: USB Mass Storage device detected.*/\1\2/p" |
		head -n 1')
	echo $((logged - $(log_ahead_us)))
}

host_state()
{
	ctl --json hosts | jq -r '.hosts[0].state'
}

host_is()
{
	[[ $(host_state) == "$1" ]]
}

has_finding()
{
	[[ $(ctl --json findings | jq --arg kind "$1" '[.findings[] | select(.kind == $kind)] | length') -gt 0 ]]
}

stick "$SITE/rw.img" REGISTERED
stick "$SITE/unknown.img" UNKNOWN
plug_stick rw REG-RW "$SITE/rw.img"
plug_stick unknown BOOT-UNKNOWN "$SITE/unknown.img"

# An enforcer that comes late: here the drivers would come later still.
guest 'mkdir -p /etc/systemd/system/devgate-enforcer.service.d
	cat >/etc/devgate-late <<-"end"
	modprobe -a xhci_pci usb_storage
	for i in $(seq 100); do
		[ $(ls -d /sys/bus/usb/devices/[0-9]*-[0-9]* 2>/dev/null | grep -vc :) -ge 2 ] && break
		sleep 0.2
	done
	sleep 2
	end
	printf "[Service]\nExecStartPre=+/bin/bash /etc/devgate-late\n" \
		>/etc/systemd/system/devgate-enforcer.service.d/late.conf
	systemctl daemon-reload; sync'

# In order, as a person does it: with what is plugged in.
boot_before=$(guest 'cat /proc/sys/kernel/random/boot_id')
rebooted()
{
	local boot
	boot=$(guest 'cat /proc/sys/kernel/random/boot_id') && [[ $boot != "$boot_before" ]]
}
guest 'systemctl reboot --no-block' || true # its answer may not leave the guest any more
eventually 60 host_is off || true
is 'a shutdown is known at the collector before the machine is back' off host_state
eventually 120 rebooted || true
vm wait
guest 'within 60 agent_is_active'
is 'the record says that it was a shutdown' '"shutdown"' \
	guest 'lines agent.stopped | tail -n 1 | jq -c .reason'
ok 'the machine reports again' eventually 60 host_is reporting
guest 'within 30 decided_since 0 BOOT-UNKNOWN'
is 'USB was open before the agent' '"open"' of_start .before
is 'the stick worked before the agent, and that is recorded' true of_decision BOOT-UNKNOWN .pre_agent
is 'with the time, which is before the agent' true of_decision BOOT-UNKNOWN \
	'.since_us != null and .since_us > 0 and .since_us < .mono_us'
ok 'devgate devices shows it' guest \
	'LC_ALL=C devgate devices | grep -F BOOT-UNKNOWN | grep -qF "worked before the agent"'
ok 'it is a finding at the collector' eventually 30 has_finding pre-agent
is 'and ends denied' absent guest 'driver BOOT-UNKNOWN 0'
before=$(guest 'lines device.decided BOOT-UNKNOWN | wc -l')
guest 'systemctl restart devgate-enforcer; within 60 agent_is_active'
is 'a restart of the agent is told as one' '"restart"' \
	guest 'lines agent.stopped | tail -n 1 | jq -c .reason'
is 'and makes nothing pre-agent anew' "$before" guest 'lines device.decided BOOT-UNKNOWN | wc -l'
is 'nor says what was before' null of_start .before

# "devgate boot" with a GRUB that only says that it was asked.
guest 'printf "#!/bin/sh\necho asked >>/run/asked\n" >/usr/sbin/update-grub; chmod +x /usr/sbin/update-grub'
ok 'GRUB is told' guest 'devgate boot enable && grep -q asked /run/asked'
ok 'with an argument for the kernel' guest \
	'. /etc/default/grub.d/devgate.cfg; [ "$GRUB_CMDLINE_LINUX" = " usbcore.authorized_default=0" ]'
is 'which is not in force yet' '[true,false]' guest 'devgate boot status --json | jq -c "[.enabled, .in_force]"'
ok 'and taken back' guest 'devgate boot disable && [ ! -e /etc/default/grub.d/devgate.cfg ]'
guest 'cp -a /etc/crypttab /run/crypttab 2>/dev/null; echo "data UUID=1 none luks,fido2-device=auto" >>/etc/crypttab'
fails 'refused where a key is on another device' guest 'devgate boot enable'
fails 'then GRUB is not told' guest '[ -e /etc/default/grub.d/devgate.cfg ]'
guest 'rm -f /etc/crypttab /usr/sbin/update-grub; [ ! -e /run/crypttab ] || mv /run/crypttab /etc/crypttab; sync'

# The same sticks, and a kernel that was told.
vm kill
vm start --collector "$(agents_port)" --append usbcore.authorized_default=0
vm plug rw usb-storage serial=REG-RW "image=$SITE/rw.img"
vm plug unknown usb-storage serial=BOOT-UNKNOWN "image=$SITE/unknown.img"
vm wait
guest 'within 60 agent_is_active; within 60 disk_ready REG-RW'
is 'USB was closed before the agent' '"closed"' of_start .before
is 'the stick is there from the start' true of_decision BOOT-UNKNOWN .present
is 'and did not work' null of_decision BOOT-UNKNOWN .pre_agent
is 'the permitted one is allowed as ever' 'allow registered:A-001' guest 'decided REG-RW'
decided_us=$(of_decision REG-RW .mono_us)
bound_us=$(driver_us)
ok "no driver took a stick before that was recorded ($bound_us us, $decided_us us)" \
	test "$bound_us" -gt "$decided_us"
ok 'status says so' guest 'devgate boot status --json | jq -e .in_force'
guest 'rm -r /etc/devgate-late /etc/systemd/system/devgate-enforcer.service.d; systemctl daemon-reload; sync'
vm kill
vm start --collector "$(agents_port)"
vm wait
guest 'within 60 agent_is_active'
