# Benches: `make bench` runs them all: bench-policy (policy/), bench-enforce (the whole agent, in the
# virtual machine), bench-idle (what it takes while nothing happens), bench-filewatch (what the file
# trail costs a copy) and bench-collector.  Each prints a table and writes build/bench/<name>.json.
# They install what they need of packaging/dependencies/bench.

peer-version = $(shell $(PKG_CONFIG) --modversion libusbguard)
$(B)/tests/bench/%.o: folder-pkgs = $(pkgs-policy)
$(B)/tests/bench/bench_policy.o: ALL_CPPFLAGS += -DUSBGUARD_VERSION='"$(peer-version)"'
$(B)/tests/bench/bench_policy: $(patsubst %.c,$(B)/%.o,$(wildcard tests/bench/*.c)) \
		$(call archives,policy)
	$(call say,LD)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(call libs,$(pkgs-policy))
$(B)/tests/bench/usbguard_peer: tests/bench/usbguard_peer.cc
	@mkdir -p $(@D)
	$(call say,CXX)$(CXX) -std=c++17 -O2 -Wall -Wextra $(call cflags,libusbguard) -o $@ $< \
		$(call libs,libusbguard)

$(B)/tests/bench/enforce/policies: $(B)/tests/bench/enforce/policies.o $(call archives,policy)
	$(call say,LD)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(call libs,$(pkgs-policy))

pkgs-tests/bench/load := $(pkgs-server/collector)
$(B)/tests/bench/load/%.o: folder-pkgs = $(pkgs-tests/bench/load)
$(B)/tests/bench/load/load: $(patsubst %.c,$(B)/%.o,$(wildcard tests/bench/load/*.c)) \
		$(call archives,server/store server/pki policy)
	$(call say,LD)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(call libs,$(pkgs-tests/bench/load))

$(B)/tests/bench/collector/%.o: folder-pkgs = $(pkgs-tests/bench/load)
$(B)/tests/bench/collector/bare: $(B)/tests/bench/collector/bare.o \
		$(addprefix $(B)/tests/bench/load/,fleet.o made_ledger.o tally.o) \
		$(call archives,server/store server/pki policy)
	$(call say,LD)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(call libs,$(pkgs-tests/bench/load))

.PHONY: bench-collector bench-collector-run
bench-collector: bench-deps
	+$(MAKE) --no-print-directory all bench-collector-run
bench-collector-run: $(B)/tests/bench/load/load $(B)/tests/bench/collector/bare
	@mkdir -p build/bench
	tests/bench/collector/run $(B) build/bench

# `make soak-collector` kills the collector SOAK_ROUNDS times on each engine.
.PHONY: soak-collector load-generator
load-generator: $(B)/tests/bench/load/load
soak-collector: deps
	+$(MAKE) --no-print-directory all load-generator
	tests/soak/collector $(B) $(or $(SOAK_ROUNDS),500)
	tests/postgresql tests/soak/collector $(B) $(or $(SOAK_ROUNDS),500)

.PHONY: bench bench-deps bench-policy bench-policy-run bench-enforce bench-idle bench-filewatch
bench: # one after the other: each wants the machine for itself
	+$(MAKE) --no-print-directory bench-policy
	+$(MAKE) --no-print-directory bench-enforce
	+$(MAKE) --no-print-directory bench-idle
	+$(MAKE) --no-print-directory bench-filewatch
	+$(MAKE) --no-print-directory bench-collector

bench-deps:
	packaging/dependencies/install bench

bench-policy: bench-deps
	+$(MAKE) --no-print-directory bench-policy-run
bench-policy-run: $(B)/tests/bench/bench_policy $(B)/tests/bench/usbguard_peer
	@mkdir -p build/bench
	$(B)/tests/bench/bench_policy build/bench $(B)/tests/bench/usbguard_peer

bench-enforce: deps
	+$(MAKE) --no-print-directory all deb vm-tools $(B)/tests/bench/enforce/policies
	@mkdir -p build/bench
	tests/bench/enforce/run $(B)/tests/bench/enforce/policies build/deb build/bench

bench-idle: deps
	+$(MAKE) --no-print-directory all deb vm-tools $(B)/tests/bench/enforce/policies
	@mkdir -p build/bench
	tests/bench/idle/run $(B)/tests/bench/enforce/policies $(B) build/deb build/bench

bench-filewatch: deps
	+$(MAKE) --no-print-directory all deb vm-tools
	@mkdir -p build/bench
	tests/bench/filewatch/run $(B) build/deb build/bench
