#include "bluetooth_layout.h"

#include <errno.h>
#include <string.h>

#include <bpf/btf.h>

/* A member that is wanted, and where its offset goes. */
struct wanted {
	const char *type, *member;
	__u32 *ret;
};

static int find_member(const struct btf *types, const struct wanted *wanted)
{
	int id = btf__find_by_name_kind(types, wanted->type, BTF_KIND_STRUCT);
	const struct btf_type *type = id < 0 ? NULL : btf__type_by_id(types, (__u32)id);

	for (__u32 i = 0; type != NULL && i < btf_vlen(type); i++) {
		const struct btf_member *member = btf_members(type) + i;
		const char *name = btf__name_by_offset(types, member->name_off);

		if (name == NULL || strcmp(name, wanted->member) != 0)
			continue;
		if (btf_member_bitfield_size(type, i) != 0)
			return -ENOENT;
		*wanted->ret = btf_member_bit_offset(type, i) / 8;
		return 0;
	}
	return -ENOENT;
}

/* Read the @n @wanted from @module.  Returns 1; 0 if it is not loaded; what failed. */
static int read_module(struct btf *kernel, const char *module, const struct wanted *wanted,
		       size_t n)
{
	struct btf *types = btf__load_module_btf(module, kernel);
	int r = 0;

	if (types == NULL)
		return errno == ENOENT ? 0 : -errno;
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = find_member(types, &wanted[i]);
	btf__free(types);
	return r < 0 ? r : 1;
}

int bluetooth_layout_read(struct bluetooth_layout *ret)
{
	struct bluetooth_layout found = *ret;
	const struct wanted of_bluetooth[] = {
		{ "l2cap_pinfo", "chan", &found.l2cap_chan },
		{ "l2cap_chan", "psm", &found.chan_psm },
		{ "l2cap_chan", "scid", &found.chan_scid },
		{ "l2cap_chan", "dst", &found.chan_dst },
		{ "sco_pinfo", "dst", &found.sco_dst },
	};
	const struct wanted of_rfcomm[] = {
		{ "rfcomm_pinfo", "dlc", &found.rfcomm_dlc },
		{ "rfcomm_pinfo", "channel", &found.rfcomm_channel },
		{ "rfcomm_pinfo", "dst", &found.rfcomm_dst },
		{ "rfcomm_dlc", "out", &found.dlc_out },
	};
	struct btf *kernel = btf__load_vmlinux_btf();
	int r;

	if (kernel == NULL)
		return -errno;
	r = read_module(kernel, "bluetooth", of_bluetooth,
			sizeof(of_bluetooth) / sizeof(of_bluetooth[0]));
	if (r > 0) {
		found.l2cap_known = 1;
		r = read_module(kernel, "rfcomm", of_rfcomm,
				sizeof(of_rfcomm) / sizeof(of_rfcomm[0]));
	}
	if (r > 0)
		found.rfcomm_known = 1;
	btf__free(kernel);
	if (r < 0)
		return r;
	*ret = found;
	return 0;
}
