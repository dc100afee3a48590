# What the guest has measured (see measure), to the bench's document.  $machine, $versions.

def median: sort | if length == 0 then null
	elif length % 2 == 1 then .[length / 2 | floor]
	else (.[length / 2 - 1] + .[length / 2]) / 2 end;

def round(digits): pow(10; digits) as $scale | . * $scale + 0.5 | floor | . / $scale;

. as $lines

# All values of what was measured.
| def values($who; $n; $what):
	[$lines[] | select(.who == $who and .n == $n and .what == $what) | .values[]];
def value($who; $n; $what): values($who; $n; $what) | median;

# The median above the floor's, in ms.
def above($who; $n; $what): (value($who; $n; $what) - value("floor"; $n; $what)) / 1000;

def figure($name; $value; $unit; $digits):
	{ $name, value: ($value | if . == null then . else round($digits) end), $unit };
def beside($peer; $digits): if $peer == null or $peer == 0 then . else
	. + { peer: ($peer | round($digits)), ratio: (.value / $peer | round(3)) } end;
def at_most($ratio): if $ratio == null then . else
	. + { target: "ratio <= \($ratio)", met: (.ratio != null and .ratio <= $ratio) } end;
def value_at_most($limit): . + { target: "<= \($limit)", met: (.value <= $limit) };

([$lines[].n] | unique | map(select(. as $n | any($lines[]; .n == $n and .who == "usbguard")))) as $sizes
| ($sizes | max) as $most

# Targets for what is above the floor, at no entries and at the most.
| def target($n): if $n == 0 then 0.5 elif $n == $most then 0.1 else null end;

def times($n):
	({ authorized: "authorized", bound: "in use (its driver is bound)",
	   denied: "denied, and recorded" } | to_entries[]) as { key: $what, value: $text }
	| (figure("\($n) entries: \($text), above the floor"; above("devgate"; $n; $what); "ms"; 2)
		| beside(above("usbguard"; $n; $what); 2) | if $what == "denied" then . else at_most(target($n)) end),
	  (figure("\($n) entries: \($text), in all"; value("devgate"; $n; $what) / 1000; "ms"; 2)
		| beside(value("usbguard"; $n; $what) / 1000; 2)),
	  (figure("\($n) entries: \($text), the floor"; value("floor"; $n; $what) / 1000; "ms"; 2)
		| select(.value != null));

def costs($n):
	(figure("\($n) entries: processor time of a plug and unplug"; value("devgate"; $n; "cpu") / 1000; "ms"; 1)
		| beside(value("usbguard"; $n; "cpu") / 1000; 1)),
	(figure("\($n) entries: resident, of the main process"; value("devgate"; $n; "rss") / 1024; "MiB"; 2)
		| beside(value("usbguard"; $n; "rss") / 1024; 2)),
	(figure("\($n) entries: memory of all its processes (Pss)"; value("devgate"; $n; "pss") / 1024; "MiB"; 2)
		| beside(value("usbguard"; $n; "pss") / 1024; 2)),
	(figure("\($n) entries: start"; value("devgate"; $n; "start") / 1000; "ms"; 0)
		| beside(value("usbguard"; $n; "start") / 1000; 0));

def disk:
	figure("a record of 900 bytes made durable, by itself"; [$sizes[] as $n | values("floor"; $n; "sync")[]] | median / 1000; "ms"; 2);

def idle:
	figure("wakeups with nothing plugged in"; value("devgate"; $most; "idle"); "/min"; 1)
		| beside(value("usbguard"; $most; "idle"); 1);

def register:
	(figure("authorized above the floor, \($most) entries by 0";
		above("devgate"; $most; "authorized") / above("devgate"; 0; "authorized"); "times"; 2)
		| value_at_most(1.25)),
	(figure("10 registered: resident, after use"; value("devgate"; 10; "rss-used") / 1024; "MiB"; 2)),
	(figure("1000000 registered: resident, after use, more than with ten";
		(value("devgate"; 1000000; "rss-used") - value("devgate"; 10; "rss-used")) / 1024; "MiB"; 2)
		| value_at_most(2)),
	(figure("10 registered: start"; value("devgate"; 10; "start") / 1000; "ms"; 0)),
	(figure("1000000 registered: start, more than with ten";
		(value("devgate"; 1000000; "start") - value("devgate"; 10; "start")) / 1000; "ms"; 0)
		| value_at_most(100));

{
	method: "One run of a virtual machine with Debian 12; one stick in software (dummy_hcd), plugged in and pulled out \(values("devgate"; 0; "authorized") | length) times for each of the three at each number of entries, in turns. Times are medians, by probes in the guest's kernel on one clock, from the device's add event to the write that has the kernel authorize or deny it (of the enforcer's, the record is on disk by then) and to its driver being bound; above the floor: less the median of a program that writes at once. See tests/bench/enforce.",
	$machine, $versions,
	results: [($sizes[] | times(.), costs(.)), disk, idle, register]
}
