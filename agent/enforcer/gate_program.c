#include "gate_program.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "gate_majors.h"

enum { R0, R1, R2, R3, R4, R5, R7 = 7, R8, R10 = 10 };
enum { ACCESS_TYPE = 0, MAJOR = 4, MINOR = 8 }; /* struct bpf_cgroup_dev_ctx */
enum { KEY = -12, INDEX = -16 }; /* on the stack: a struct gate_device; a reader's index */

unsigned gate_program_index(unsigned type, unsigned major)
{
	return (type - BPF_DEVCG_DEV_BLOCK) * GATE_MAJORS + major;
}

struct assembler {
	struct bpf_insn *code;
	size_t n;
};

static size_t emit(struct assembler *as, struct bpf_insn instruction)
{
	assert(as->n < GATE_PROGRAM_MAX);
	as->code[as->n] = instruction;
	return as->n++;
}

static void move(struct assembler *as, int to, int from)
{
	emit(as, (struct bpf_insn){
			 .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = to, .src_reg = from });
}

/* @to = @to @operation @value, with @operation one of BPF_MOV, BPF_ADD, BPF_SUB, BPF_MUL, BPF_AND,
 * BPF_RSH. */
static void compute(struct assembler *as, int operation, int to, int value)
{
	emit(as, (struct bpf_insn){
			 .code = BPF_ALU64 | operation | BPF_K, .dst_reg = to, .imm = value });
}

/* @size: BPF_W for 4 bytes, BPF_DW for 8. */
static void load(struct assembler *as, int size, int to, int from, int offset)
{
	emit(as, (struct bpf_insn){ .code = BPF_LDX | BPF_MEM | size,
				    .dst_reg = to,
				    .src_reg = from,
				    .off = (short)offset });
}

static void store(struct assembler *as, int to, int offset, int from)
{
	emit(as, (struct bpf_insn){ .code = BPF_STX | BPF_MEM | BPF_W,
				    .dst_reg = to,
				    .src_reg = from,
				    .off = (short)offset });
}

/* Jump if @reg @condition @value; where to is set by land(). */
static size_t jump(struct assembler *as, int condition, int reg, int value)
{
	return emit(as, (struct bpf_insn){ .code = BPF_JMP | condition | BPF_K,
					   .dst_reg = reg,
					   .imm = value });
}

/* Make the jump at @from arrive at the next instruction. */
static void land(struct assembler *as, size_t from)
{
	as->code[from].off = (short)(as->n - from - 1);
}

static void call(struct assembler *as, int function)
{
	emit(as, (struct bpf_insn){ .code = BPF_JMP | BPF_CALL, .imm = function });
}

static void leave(struct assembler *as, int result)
{
	compute(as, BPF_MOV, R0, result);
	emit(as, (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT });
}

/* R0 = the value in map @map_fd whose key is at @key on the stack, or NULL. */
static void look_up(struct assembler *as, int map_fd, int key)
{
	move(as, R2, R10);
	compute(as, BPF_ADD, R2, key);
	emit(as, (struct bpf_insn){ .code = BPF_LD | BPF_DW | BPF_IMM,
				    .dst_reg = R1,
				    .src_reg = BPF_PSEUDO_MAP_FD,
				    .imm = map_fd });
	emit(as, (struct bpf_insn){ 0 }); /* upper half of the 64-bit immediate */
	call(as, BPF_FUNC_map_lookup_elem);
}

/* Leave with 1 (permit) unless it is a read or a write of a covered major.  What is wanted stays in
 * R7, and the node's key on the stack. */
static void permit_uncovered(struct assembler *as, int covered_fd)
{
	size_t wanted, small, beyond, covered;

	load(as, BPF_W, R2, R1, ACCESS_TYPE);
	load(as, BPF_W, R4, R1, MAJOR);
	load(as, BPF_W, R5, R1, MINOR);
	move(as, R7, R2);
	compute(as, BPF_RSH, R7, 16);
	compute(as, BPF_AND, R7, BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE);
	compute(as, BPF_AND, R2, 0xffff);
	wanted = jump(as, BPF_JNE, R7, 0);
	leave(as, 1);
	land(as, wanted);
	small = jump(as, BPF_JLT, R4, GATE_MAJORS);
	leave(as, 1);
	land(as, small);
	store(as, R10, KEY, R2);
	store(as, R10, KEY + 4, R4);
	store(as, R10, KEY + 8, R5);
	compute(as, BPF_SUB, R2, BPF_DEVCG_DEV_BLOCK);
	compute(as, BPF_MUL, R2, GATE_MAJORS);
	emit(as, (struct bpf_insn){
			 .code = BPF_ALU64 | BPF_ADD | BPF_X, .dst_reg = R4, .src_reg = R2 });
	store(as, R10, INDEX, R4);
	look_up(as, covered_fd, INDEX);
	beyond = jump(as, BPF_JEQ, R0, 0);
	load(as, BPF_W, R1, R0, 0);
	covered = jump(as, BPF_JNE, R1, 0);
	land(as, beyond);
	leave(as, 1);
	land(as, covered);
}

/* Leave with 1 if the node is vetted for all that is wanted.  Returns the jump that is taken if it
 * is not vetted at all; falls through if it is, for less. */
static size_t permit_vetted(struct assembler *as, int vetted_fd)
{
	size_t absent, less;

	look_up(as, vetted_fd, KEY);
	absent = jump(as, BPF_JEQ, R0, 0);
	load(as, BPF_W, R1, R0, 0);
	emit(as,
	     (struct bpf_insn){ .code = BPF_ALU64 | BPF_XOR | BPF_K, .dst_reg = R1, .imm = -1 });
	emit(as, (struct bpf_insn){
			 .code = BPF_ALU64 | BPF_AND | BPF_X, .dst_reg = R7, .src_reg = R1 });
	less = jump(as, BPF_JNE, R7, 0);
	leave(as, 1);
	land(as, less);
	return absent;
}

/* Leave with 1 if the current process is in a cgroup that may read what is not vetted. */
static void permit_readers(struct assembler *as, int readers_fd)
{
	call(as, BPF_FUNC_get_current_cgroup_id);
	move(as, R8, R0);
	for (int i = 0; i < GATE_MAX_READERS; i++) {
		size_t absent, other;

		compute(as, BPF_MOV, R1, i);
		store(as, R10, INDEX, R1);
		look_up(as, readers_fd, INDEX);
		absent = jump(as, BPF_JEQ, R0, 0);
		load(as, BPF_DW, R1, R0, 0);
		other = emit(as, (struct bpf_insn){ .code = BPF_JMP | BPF_JNE | BPF_X,
						    .dst_reg = R1,
						    .src_reg = R8 });
		leave(as, 1);
		land(as, absent);
		land(as, other);
	}
}

/* Leave with 1 if the node is a USB device's and the current process is the enforcer, or a worker
 * of it: they ask devices what they are (hid_ask.h). */
static void permit_asking(struct assembler *as, int readers_fd)
{
	size_t block, other, absent, somebody;

	load(as, BPF_W, R1, R10, KEY);
	block = jump(as, BPF_JNE, R1, GATE_CHAR);
	load(as, BPF_W, R1, R10, KEY + 4);
	other = jump(as, BPF_JNE, R1, GATE_USB_MAJOR);
	call(as, BPF_FUNC_get_current_cgroup_id);
	move(as, R8, R0);
	compute(as, BPF_MOV, R1, GATE_OWN_READER);
	store(as, R10, INDEX, R1);
	look_up(as, readers_fd, INDEX);
	absent = jump(as, BPF_JEQ, R0, 0);
	load(as, BPF_DW, R1, R0, 0);
	somebody =
		emit(as, (struct bpf_insn){
				 .code = BPF_JMP | BPF_JNE | BPF_X, .dst_reg = R1, .src_reg = R8 });
	leave(as, 1);
	land(as, block);
	land(as, other);
	land(as, absent);
	land(as, somebody);
}

size_t gate_program(const struct gate_maps *maps, bool choose_errno,
		    struct bpf_insn ret[static GATE_PROGRAM_MAX])
{
	struct assembler as = { .code = ret };
	size_t absent, known, writes;

	permit_uncovered(&as, maps->covered);
	absent = permit_vetted(&as, maps->vetted);
	known = jump(&as, BPF_JA, 0, 0);
	land(&as, absent);
	writes = jump(&as, BPF_JSET, R7, BPF_DEVCG_ACC_WRITE);
	permit_readers(&as, maps->readers);
	land(&as, writes);
	land(&as, known);
	permit_asking(&as, maps->readers);
	if (choose_errno) {
		compute(&as, BPF_MOV, R1, -EACCES);
		call(&as, BPF_FUNC_set_retval);
	}
	leave(&as, 0);
	return as.n;
}
