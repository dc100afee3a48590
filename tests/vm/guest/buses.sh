# shellcheck shell=bash
# buses.sh - what 13-buses.sh asks of the guest: cards, drives and disks that are not on USB, by the
# name of their port.  Sourced there after bench.sh.

# verdict PORT: "verdict step:rule" of the last decision on what is there, or nothing.
verdict()
{
	ledger | grep -E '"kind":"device\.(decided|changed)"' | grep -F "\"port\":\"$1\"" |
		tail -n 1 | jq -r '.verdict + " " + .step + ":" + .rule'
}

verdict_is()
{
	[[ $(verdict "$1") == "$2" ]]
}

# verdict_like PORT PATTERN
verdict_like()
{
	# shellcheck disable=SC2053 # a pattern
	[[ $(verdict "$1") == $2 ]]
}

# judged_since SEQ PORT
judged_since()
{
	ledger | tail -n +"$(($1 + 1))" | grep -E '"kind":"device\.(decided|changed)"' |
		grep -qF "\"port\":\"$2\""
}

# left_since SEQ PORT
left_since()
{
	ledger | tail -n +"$(($1 + 1))" | grep -F '"kind":"device.removed"' |
		grep -qF "\"port\":\"$2\""
}

# opens NODE MODE: who of root and alice may open it, for reading (r) or writing too (w).  The
# permissions of the node keep nobody from it here: what does is the gate, or the kernel.
opens()
{
	local who='' how='<'
	[[ $2 == r ]] || how='<>'
	chmod 666 "/dev/$1"
	! eval ": $how/dev/$1" 2>/dev/null || who='root'
	! as-alice bash -c ": $how/dev/$1" 2>/dev/null || who+=' alice'
	echo "${who:-nobody}"
}

# Each of the nodes is there.
there()
{
	local node
	for node; do [[ -e /dev/$node ]] || return 1; done
}

read_only()
{
	local node
	for node; do [[ $(<"/sys/class/block/$node/ro") == 1 ]] || return 1; done
}

# opens_as NODE MODE WHO
opens_as()
{
	[[ $(opens "$1" "$2") == "$3" ]]
}
