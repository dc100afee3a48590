/* bluetooth_gate_maps - what bluetooth_gate and its BPF programs say to each other: the keys and
 * values of their maps.  Included by both; the programs have the kernel's types by themselves. */
#pragma once

#ifndef __bpf__
#include <linux/types.h>
#endif

enum { BLUETOOTH_GATE_MAX = 16384, BLUETOOTH_GATE_DYNAMIC = 0x1001 };

enum bluetooth_channel_kind {
	BLUETOOTH_L2CAP,	/* number: the multiplexer (PSM), whoever connects */
	BLUETOOTH_DYNAMIC,	/* every multiplexer from BLUETOOTH_GATE_DYNAMIC on; number 0 */
	BLUETOOTH_ATT,		/* the attribute protocol over LE; number 0 */
	BLUETOOTH_RFCOMM,	/* number: the peer's channel, to which this machine connects */
	BLUETOOTH_RFCOMM_LOCAL, /* number: this machine's channel, to which the peer connects */
	BLUETOOTH_AUDIO,	/* synchronous links; number 0 */
};

/* A channel that is permitted.  No padding. */
struct bluetooth_channel {
	__u8 peer[6];  /* as the kernel has it: the last byte of the text first */
	__u8 kind;     /* enum bluetooth_channel_kind */
	__u8 reserved; /* 0 */
	__u32 number;
};

/* Offsets of the members of the Bluetooth modules' structures. */
struct bluetooth_layout {
	__u32 l2cap_known;			      /* the next five hold */
	__u32 l2cap_chan;			      /* struct l2cap_pinfo */
	__u32 chan_psm, chan_scid, chan_dst;	      /* struct l2cap_chan */
	__u32 sco_dst;				      /* struct sco_pinfo */
	__u32 rfcomm_known;			      /* the rest holds */
	__u32 rfcomm_dlc, rfcomm_channel, rfcomm_dst; /* struct rfcomm_pinfo */
	__u32 dlc_out;				      /* struct rfcomm_dlc */
};
