# Tests.  `make test` runs them all; each target below runs one kind.
#
# Unit tests: tests/unit/<area>/test_*.c, each a cmocka program linked with its area's archives.  An
# area is a folder's last name: tests/unit/enforcer tests agent/enforcer.  The folder's other *.c
# are there for each test of it.
# Fuzzers: tests/fuzz/fuzz_*.c, each a libFuzzer target of policy and its importers, or of the folder
# that fuzz-folder-<name> says, starting from seeds/<name>.

FUZZ_SECONDS ?= 10

# The objects of an area that are no test: what several tests of it share, in an archive.
helpers = $(patsubst %.c,$(B)/%.o,$(filter-out tests/unit/$(1)/test_%,$(wildcard tests/unit/$(1)/*.c)))
# pkgs-test-X, libs-test-X: what the tests of area X need beside its folder.
pkgs-test-enforcer := umockdev-1.0
libs-test-policy := -lm
unit-programs :=
define unit-rules
unit-programs += $(patsubst %.c,$(B)/%,$(wildcard tests/unit/$(notdir $(1))/test_*.c))
$(B)/tests/unit/$(notdir $(1))/%.o: folder-pkgs = $$(pkgs-$(1)) $$(pkgs-test-$(notdir $(1))) cmocka
$(B)/tests/unit/$(notdir $(1))/test_%: $(B)/tests/unit/$(notdir $(1))/test_%.o \
		$(B)/tests/unit/$(notdir $(1))/lib.a $(call archives,$(uses-$(1)))
	$$(call say,LD)$$(CC) $$(ALL_LDFLAGS) -o $$@ $$^ $$(call libs,$$(pkgs-$(1)) $$(pkgs-test-$(notdir $(1))) cmocka) $$(libs-$(1)) \
		$$(libs-test-$(notdir $(1)))
$(B)/tests/unit/$(notdir $(1))/lib.a: $(call helpers,$(notdir $(1)))
	@mkdir -p $$(@D) && rm -f $$@
	$$(call say,AR)$$(AR) rcs $$@ $$^
endef
$(foreach f,$(folders),$(eval $(call unit-rules,$(f))))

fuzzers := $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz-folder-body := server/collector
fuzz-folder-backup_note := server/collector
fuzz-folder-collector_config := agent/common
fuzz-folder-control := agent/common
fuzz-folder-hid_report := agent/common
fuzz-folder-csr := server/pki
fuzz-folder-device_spec := server/ctl
fuzz-folder-enrolment := agent/cli
fuzz-folder-json_body := server/collector
fuzz-folder-media_list := server/ctl
fuzz-folder-route := server/collector
fuzz-folder-enrol_answer := agent/reporter
fuzz-folder-upload_answer := agent/reporter
fuzz-folder-file_event := agent/common
fuzz-folder-package := agent/filewatch
fuzz-folder-trail_record := agent/common
fuzz-folder-grants_answer := agent/reporter
fuzz-folder-medium := agent/enforcer
fuzz-folder-medium_answer := agent/enforcer
fuzz-folder = $(or $(fuzz-folder-$(1)),policy/import)
define fuzz-rules
$(B)/tests/fuzz/fuzz_$(1).o: folder-pkgs = $$(pkgs-$(2))
$(B)/tests/fuzz/fuzz_$(1): $(B)/tests/fuzz/fuzz_$(1).o $(call archives,$(uses-$(2)))
	$$(call say,LD)$$(CC) $$(ALL_LDFLAGS) -fsanitize=fuzzer -o $$@ $$^ $$(call libs,$$(pkgs-$(2))) \
		$$(libs-$(2))
endef
$(foreach f,$(fuzzers:$(B)/tests/fuzz/fuzz_%=%),$(eval $(call fuzz-rules,$(f),$(call fuzz-folder,$(f)))))

include tests/vm/vm.mk
include tests/bench/bench.mk

.PHONY: test demo unit unit-postgresql fuzz fuzz-run layering lint
test: deps
	+MAKE='$(MAKE)' tests/all

demo: deps
	+$(MAKE) all deb vm-tools
	tests/vm/demo $(B) build/deb

unit: $(unit-programs)
	tests/unit/run $(unit-programs)

# What keeps records, once more with PostgreSQL in SQLite's place.
unit-postgresql: $(filter $(B)/tests/unit/store/% $(B)/tests/unit/collector/% $(B)/tests/unit/report/%,$(unit-programs))
	tests/postgresql tests/unit/run $^

fuzz:
	+$(MAKE) --no-print-directory CC=clang FUZZ=1 fuzz-run
fuzz-run: $(fuzzers)
	tests/fuzz/run $(FUZZ_SECONDS) $(fuzzers)

layering: all
	tests/layering $(B)

lint:
	tests/lint
