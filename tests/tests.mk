# Tests.  `make test` runs them all; each target below runs one kind.
#
# Unit tests: tests/unit/<area>/test_*.c, each a cmocka program linked with its area's archives.  An
# area is a folder's last name: tests/unit/enforcer tests agent/enforcer.
# Fuzzers: tests/fuzz/fuzz_*.c, each a libFuzzer target of policy, starting from seeds/<name>.

FUZZ_SECONDS ?= 10

unit-programs :=
define unit-rules
unit-programs += $(patsubst %.c,$(B)/%,$(wildcard tests/unit/$(notdir $(1))/test_*.c))
$(B)/tests/unit/$(notdir $(1))/%.o: folder-pkgs = $$(pkgs-$(1)) cmocka
$(B)/tests/unit/$(notdir $(1))/test_%: $(B)/tests/unit/$(notdir $(1))/test_%.o \
		$(call archives,$(uses-$(1)))
	$$(call say,LD)$$(CC) $$(ALL_LDFLAGS) -o $$@ $$^ $$(call libs,$$(pkgs-$(1)) cmocka) $$(libs-$(1))
endef
$(foreach f,$(folders),$(eval $(call unit-rules,$(f))))

fuzzers := $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/fuzz_*.c))
$(B)/tests/fuzz/%.o: folder-pkgs = $(pkgs-policy)
$(B)/tests/fuzz/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(call archives,policy)
	$(call say,LD)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(call libs,$(pkgs-policy))

include tests/vm/vm.mk

.PHONY: test demo unit fuzz fuzz-run layering lint
test: deps
	+MAKE='$(MAKE)' tests/all

demo: deps
	+$(MAKE) all deb vm-tools
	tests/vm/demo $(B) build/deb

unit: $(unit-programs)
	tests/unit/run $(unit-programs)

fuzz:
	+$(MAKE) --no-print-directory CC=clang FUZZ=1 fuzz-run
fuzz-run: $(fuzzers)
	tests/fuzz/run $(FUZZ_SECONDS) $(fuzzers)

layering: all
	tests/layering $(B)

lint:
	tests/lint
