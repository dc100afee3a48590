/* SPDX-License-Identifier: Apache-2.0 OR BSD-2-Clause OR GPL-2.0-only
 *
 * bluetooth_gate.bpf - the kernel's side of bluetooth_gate.h: connecting, sending, receiving and
 * asking for the peer on a Bluetooth socket are refused with EACCES unless the socket's peer may
 * use that channel.
 *
 * security_socket_connect(), _sendmsg(), _recvmsg() and _getpeername()
 * (include/linux/lsm_hook_defs.h) are asked for every socket of every process, bluetoothd's as
 * anybody's.  Most services of bluetoothd answer the other side only when they receive ("deferred
 * setup"), so that what is refused here was never open; the others drop what they cannot ask for
 * its peer, and have read nothing by then.
 *
 * What a socket is connected to is in structures of the Bluetooth modules; the enforcer reads from
 * the modules' BTF where (struct bluetooth_layout), and until it has, nothing passes.  The kernel
 * takes programs of this kind only under a licence that agrees with its own. */

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed short __s16;
typedef signed int __s32;
typedef signed long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

/* As far as bpf_helpers.h and this file name them: linux/bpf.h. */
enum { BPF_MAP_TYPE_HASH = 1, BPF_MAP_TYPE_ARRAY = 2 };

#include <bpf/bpf_helpers.h>

#include "bluetooth_gate_maps.h"

enum { EACCES = 13 };
enum { AF_BLUETOOTH = 31 };			  /* include/linux/socket.h */
enum { L2CAP = 0, SCO = 2, RFCOMM = 3, ISO = 8 }; /* BTPROTO_*, include/net/bluetooth/bluetooth.h */
enum { PSM_SDP = 1, PSM_RFCOMM = 3, CID_ATT = 4 };

/* The members that are looked at; where they are in the kernel that runs, libbpf finds out. */
struct sock_common {
	unsigned short skc_family;
} __attribute__((preserve_access_index));

struct sock {
	struct sock_common __sk_common;
	__u16 sk_protocol;
} __attribute__((preserve_access_index));

struct socket {
	struct sock *sk;
} __attribute__((preserve_access_index));

struct sockaddr;
struct msghdr;

/* The address of each protocol: struct sockaddr_l2, _rc, _sco, _iso of include/net/bluetooth. */
struct address_l2cap {
	__u16 family;
	__u16 psm;
	__u8 peer[6];
	__u16 cid;
};

struct address_rfcomm {
	__u16 family;
	__u8 peer[6];
	__u8 channel;
};

struct address_audio {
	__u16 family;
	__u8 peer[6];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BLUETOOTH_GATE_MAX);
	__type(key, struct bluetooth_channel);
	__type(value, __u8);
} bt_permitted SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bluetooth_layout);
} bt_layout SEC(".maps");

/* No structure here is larger than the mask; the verifier wants a bound. */
static __always_inline int read_at(void *to, __u32 size, const void *from, __u32 offset)
{
	return bpf_probe_read_kernel(to, size, (const char *)from + (offset & 0xffff));
}

static __always_inline int verdict(struct bluetooth_channel *channel)
{
	if (bpf_map_lookup_elem(&bt_permitted, channel))
		return 0;
	if (channel->kind != BLUETOOTH_L2CAP || channel->number < BLUETOOTH_GATE_DYNAMIC)
		return -EACCES;
	channel->kind = BLUETOOTH_DYNAMIC;
	channel->number = 0;
	return bpf_map_lookup_elem(&bt_permitted, channel) ? 0 : -EACCES;
}

static __always_inline int connect_l2cap(const void *address)
{
	struct bluetooth_channel channel = { .kind = BLUETOOTH_L2CAP };
	struct address_l2cap to;

	if (read_at(&to, sizeof(to), address, 0) < 0)
		return -EACCES;
	if (to.psm == PSM_SDP) /* little-endian, as the machines that this runs on */
		return 0;
	__builtin_memcpy(channel.peer, to.peer, sizeof(channel.peer));
	channel.number = to.psm;
	if (to.psm == 0 && to.cid == CID_ATT)
		channel.kind = BLUETOOTH_ATT;
	return verdict(&channel);
}

static __always_inline int connect_rfcomm(const void *address)
{
	struct bluetooth_channel channel = { .kind = BLUETOOTH_RFCOMM };
	struct address_rfcomm to;

	if (read_at(&to, sizeof(to), address, 0) < 0)
		return -EACCES;
	__builtin_memcpy(channel.peer, to.peer, sizeof(channel.peer));
	channel.number = to.channel;
	return verdict(&channel);
}

static __always_inline int connect_audio(const void *address)
{
	struct bluetooth_channel channel = { .kind = BLUETOOTH_AUDIO };
	struct address_audio to;

	if (read_at(&to, sizeof(to), address, 0) < 0)
		return -EACCES;
	__builtin_memcpy(channel.peer, to.peer, sizeof(channel.peer));
	return verdict(&channel);
}

SEC("lsm/socket_connect")
int bt_connect(unsigned long long *ctx)
{
	struct socket *socket = (void *)ctx[0];
	const void *address = (void *)ctx[1];
	int result = (int)ctx[3];
	struct sock *sk = socket->sk;

	if (result != 0 || !sk || sk->__sk_common.skc_family != AF_BLUETOOTH)
		return result;
	switch (sk->sk_protocol) {
	case L2CAP:
		return connect_l2cap(address);
	case RFCOMM:
		return connect_rfcomm(address);
	case SCO:
	case ISO:
		return connect_audio(address);
	default: /* the controller's own, and the kernel's services; all want privilege */
		return 0;
	}
}

/* A socket of L2CAP: its channel is behind a pointer. */
static __always_inline int use_l2cap(const struct sock *sk, const struct bluetooth_layout *at)
{
	struct bluetooth_channel channel = { .kind = BLUETOOTH_L2CAP };
	const void *chan = 0;
	__u16 psm = 0, cid = 0;

	if (!at->l2cap_known || read_at(&chan, sizeof(chan), sk, at->l2cap_chan) < 0 || !chan ||
	    read_at(&psm, sizeof(psm), chan, at->chan_psm) < 0 ||
	    read_at(&cid, sizeof(cid), chan, at->chan_scid) < 0 ||
	    read_at(channel.peer, sizeof(channel.peer), chan, at->chan_dst) < 0)
		return -EACCES;
	/* RFCOMM's own session is the kernel's: no process may connect to it, and its channels are
	 * asked about one by one. */
	if (psm == PSM_SDP || psm == PSM_RFCOMM)
		return 0;
	channel.number = psm;
	if (psm == 0 && cid == CID_ATT)
		channel.kind = BLUETOOTH_ATT;
	return verdict(&channel);
}

static __always_inline int use_rfcomm(const struct sock *sk, const struct bluetooth_layout *at)
{
	struct bluetooth_channel channel = { .kind = BLUETOOTH_RFCOMM_LOCAL };
	const void *dlc = 0;
	__u8 number = 0, out = 0;

	if (!at->rfcomm_known || read_at(&dlc, sizeof(dlc), sk, at->rfcomm_dlc) < 0 || !dlc ||
	    read_at(&out, sizeof(out), dlc, at->dlc_out) < 0 ||
	    read_at(&number, sizeof(number), sk, at->rfcomm_channel) < 0 ||
	    read_at(channel.peer, sizeof(channel.peer), sk, at->rfcomm_dst) < 0)
		return -EACCES;
	if (out)
		channel.kind = BLUETOOTH_RFCOMM;
	channel.number = number;
	return verdict(&channel);
}

static __always_inline int use_sco(const struct sock *sk, const struct bluetooth_layout *at)
{
	struct bluetooth_channel channel = { .kind = BLUETOOTH_AUDIO };

	if (!at->l2cap_known || read_at(channel.peer, sizeof(channel.peer), sk, at->sco_dst) < 0)
		return -EACCES;
	return verdict(&channel);
}

static __always_inline int use(struct socket *socket)
{
	struct sock *sk = socket->sk;
	const struct bluetooth_layout *at;
	__u32 first = 0;

	if (!sk || sk->__sk_common.skc_family != AF_BLUETOOTH)
		return 0;
	at = bpf_map_lookup_elem(&bt_layout, &first);
	if (!at)
		return -EACCES;
	switch (sk->sk_protocol) {
	case L2CAP:
		return use_l2cap(sk, at);
	case RFCOMM:
		return use_rfcomm(sk, at);
	case SCO:
		return use_sco(sk, at);
	case ISO: /* where it was connected to, it may be used */
	default:
		return 0;
	}
}

SEC("lsm/socket_sendmsg")
int bt_send(unsigned long long *ctx)
{
	int result = (int)ctx[3];

	return result != 0 ? result : use((struct socket *)ctx[0]);
}

SEC("lsm/socket_recvmsg")
int bt_receive(unsigned long long *ctx)
{
	int result = (int)ctx[4];

	return result != 0 ? result : use((struct socket *)ctx[0]);
}

/* Who serves looks at whom before anything else, and drops a connection that has no peer. */
SEC("lsm/socket_getpeername")
int bt_peer(unsigned long long *ctx)
{
	int result = (int)ctx[1];

	return result != 0 ? result : use((struct socket *)ctx[0]);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
