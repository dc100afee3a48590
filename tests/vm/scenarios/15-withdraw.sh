# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# A verdict gets stricter while sticks are mounted and written to: the person is told, no file system
# is damaged, what was written before is there, and then the stick is closed.  WITHDRAW_ROUNDS (1)
# says how often.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

rounds=${WITHDRAW_ROUNDS:-1}

guest 'sed "s|^ExecStart=.*|& --withdraw-grace=2|" /lib/systemd/system/devgate-enforcer.service \
		>/etc/systemd/system/devgate-enforcer.service
	systemctl daemon-reload; systemctl restart devgate-enforcer; within 30 agent_is_active'
policy_push policies/withdraw.json >/dev/null

# The desktop, in so far as it shows notifications.
notices='/run/user/1000/notices.log'
guest 'setsid -f as-alice dbus-daemon --session --nofork --address=unix:path=/run/user/1000/desktop &&
	within 10 test -S /run/user/1000/desktop
	setsid -f as-alice env DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/desktop \
		python3 -m dbusmock --session --template notification_daemon \
		--logfile '"$notices"' >/run/desktop.log 2>&1
	within 20 as-alice env DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/desktop dbus-send \
		--session --print-reply --dest=org.freedesktop.Notifications \
		/org/freedesktop/Notifications org.freedesktop.Notifications.GetServerInformation \
		>/dev/null 2>&1
	setsid -f as-alice env LANG=zh_TW.UTF-8 \
		DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/desktop \
		/usr/libexec/devgate/devgate-notify >/run/notify.log 2>&1; pause 1'

result=$(guest -t $((300 + rounds * 60)) "withdrawals $rounds" | tee "$SITE/withdrawals.out" | tail -n 1)
grep '^# ' "$SITE/withdrawals.out" || true
echo "# $result"
n=$((rounds * 4))
is "alice had $n file systems mounted and was writing" "$n" jq .mounted <<<"$result"
is 'each was withdrawn' "$n" jq .withdrawn <<<"$result"
is 'none was damaged' "$n" jq .clean <<<"$result"
is 'what she had written before was there' "$n" jq .kept <<<"$result"
is 'those denied were closed then' $((rounds * 2)) jq .closed <<<"$result"
is 'those to be read came anew, read-only' $((rounds * 2)) jq .read_only <<<"$result"
is 'nothing stayed mounted' "$n" jq .unmounted <<<"$result"
ok 'it took the grace time, and devgate-withdraw answered in time' jq -e '.longest_ms >= 2000 and .longest_ms < 32000' <<<"$result"

ok 'alice was told that a stick would go, and when' guest \
	"grep -a 'Notify' $notices | grep -aqE 'about to be disconnected.* in [0-9]+ seconds?'"
ok 'that it had gone' guest "grep -a 'Notify' $notices | grep -aq 'has been disconnected'"
ok "and why, in the policy's words" guest \
	"grep -a 'Notify' $notices | grep -aq '離開辦公場所時，此隨身碟僅能讀取。'"

guest 'for i in devgate-notify dbus-daemon; do
		for p in $(pidof $i); do [[ $(stat -c %u /proc/$p) != 1000 ]] || kill $p; done; done
	rm /etc/systemd/system/devgate-enforcer.service; systemctl daemon-reload
	systemctl restart devgate-enforcer; within 30 agent_is_active'
policy_push policies/desk.json >/dev/null
