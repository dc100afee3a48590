# devgate: build, test, package.  README.md says what each target is for.
#
#   CC=clang   WERROR=1   SAN=1 (address and undefined behaviour)   COV=1 (gcov)   V=1 (verbose)
#   CFLAGS=    CPPFLAGS=    LDFLAGS=    PREFIX=/usr    SYSCONFDIR=/etc    DESTDIR=

VERSION := 0.1.0

PREFIX ?= /usr
SYSCONFDIR ?= /etc
LIBEXECDIR ?= $(PREFIX)/libexec/devgate
PKG_CONFIG ?= pkg-config
CFLAGS ?= -O2 -g

comma := ,
sanitizers := address$(comma)undefined
variant := $(notdir $(firstword $(CC)))$(if $(SAN),-san)$(if $(COV),-cov)$(if $(FUZZ),-fuzz)
B ?= build/$(variant)

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wvla -Wformat=2 -Wundef -Wwrite-strings -Wno-missing-field-initializers
HARDEN := -fstack-protector-strong -fPIE \
	$(if $(SAN)$(COV)$(FUZZ),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
INSTRUMENT := $(if $(COV),--coverage -O0) \
	$(if $(SAN),-fsanitize=$(sanitizers) -fno-sanitize-recover=all -fno-omit-frame-pointer) \
	$(if $(FUZZ),-fsanitize=fuzzer-no-link$(comma)$(sanitizers) -fno-sanitize-recover=all)
ALL_CPPFLAGS := -I. -D_GNU_SOURCE -DDEVGATE_VERSION='"$(VERSION)"' \
	-DDEVGATE_LIBEXECDIR='"$(LIBEXECDIR)"' -DDEVGATE_SYSCONFDIR='"$(SYSCONFDIR)"' \
	-DDEVGATE_LOCALEDIR='"$(PREFIX)/share/locale"' -DDEVGATE_DATADIR='"$(PREFIX)/share/devgate"' $(CPPFLAGS)
ALL_CFLAGS := -std=gnu11 $(WARN) $(HARDEN) $(CFLAGS) $(INSTRUMENT)
ALL_LDFLAGS := -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS) $(INSTRUMENT)

# A folder is an archive of all its files but main.c; a program is a main.c and the archives it uses.
# uses-X: archives, in link order.  pkgs-X: pkg-config names.
folders := policy policy/import agent/common agent/enforcer agent/filewatch agent/reporter agent/cli agent/settle agent/withdraw agent/notify \
	server/pki server/store server/report server/collector server/ctl
programs := devgate-enforcer devgate-filewatch devgate-reporter devgate devgate-settle devgate-withdraw devgate-notify \
	devgate-collector devgatectl

main-devgate-enforcer := agent/enforcer
main-devgate-filewatch := agent/filewatch
main-devgate-reporter := agent/reporter
main-devgate := agent/cli
main-devgate-settle := agent/settle
main-devgate-withdraw := agent/withdraw
main-devgate-notify := agent/notify
main-devgate-collector := server/collector
main-devgatectl := server/ctl

uses-policy := policy
uses-policy/import := policy/import policy
uses-agent/common := agent/common policy
uses-agent/enforcer := agent/enforcer agent/common policy
uses-agent/filewatch := agent/filewatch agent/common policy
uses-agent/reporter := agent/reporter agent/common policy
uses-agent/cli := agent/cli agent/common policy/import policy
uses-agent/settle := agent/settle agent/common policy
uses-agent/withdraw := agent/withdraw agent/common policy
uses-agent/notify := agent/notify agent/common policy
uses-server/pki := server/pki policy
uses-server/store := server/store policy
uses-server/report := server/report server/store policy
uses-server/collector := server/collector server/report server/store server/pki policy
uses-server/ctl := server/ctl server/pki policy/import policy

pkgs-policy := jansson libsodium
pkgs-policy/import := $(pkgs-policy) expat
pkgs-agent/common := $(pkgs-policy) libsystemd
pkgs-agent/enforcer := $(pkgs-agent/common) libudev libusb-1.0 blkid libbpf
pkgs-agent/filewatch := $(pkgs-agent/common)
pkgs-agent/reporter := $(pkgs-agent/common) libcurl gnutls libzstd
pkgs-agent/cli := $(pkgs-agent/common) expat
# Libraries that pkg-config does not know.
libs-policy/import := -lcsv
libs-agent/cli := -lcsv
libs-server/ctl := -lcsv
pkgs-agent/settle := $(pkgs-agent/common)
pkgs-agent/withdraw := $(pkgs-agent/common)
pkgs-agent/notify := $(pkgs-agent/common)
pkgs-server/pki := $(pkgs-policy) gnutls
pkgs-server/store := $(pkgs-policy) sqlite3 libpq
pkgs-server/report := $(pkgs-server/store)
pkgs-server/collector := $(pkgs-server/store) gnutls libmicrohttpd libzstd
pkgs-server/ctl := $(pkgs-server/pki) libcurl

.PHONY: all
all: $(programs:%=$(B)/%)

# parts-X: folders whose files are in X's archive, too.  ("ar q": two folders may have one name.)
parts-policy := policy/risk policy/rules
objects = $(patsubst %.c,$(B)/%.o,$(filter-out $(1)/main.c %.bpf.c,$(wildcard $(1)/*.c $(parts-$(1):%=%/*.c))))
archives = $(foreach f,$(1),$(B)/$(f)/lib.a)
# Asked for when a recipe runs, never when this file is read: `make deps` comes before pkg-config.
cflags = $(if $(strip $(1)),$(shell $(PKG_CONFIG) --cflags $(1)))
libs = $(shell $(PKG_CONFIG) --libs $(1))
# $(call say,CC)COMMAND: the command with its short name
say = $(if $(V),,@echo '  $(1)	$@' &&)

define folder-rules
$(B)/$(1)/lib.a: $(call objects,$(1))
	@mkdir -p $$(@D) && rm -f $$@
	$$(call say,AR)$$(AR) qcs $$@ $$^
$(B)/$(1)/%.o: folder-pkgs = $$(pkgs-$(1))
endef
$(foreach f,$(folders),$(eval $(call folder-rules,$(f))))

define program-rules
$(B)/$(1): $(B)/$(main-$(1))/main.o $(call archives,$(uses-$(main-$(1))))
	$$(call say,LD)$$(CC) $$(ALL_LDFLAGS) -o $$@ $$^ $$(call libs,$$(pkgs-$(main-$(1)))) $$(libs-$(main-$(1)))
endef
$(foreach p,$(programs),$(eval $(call program-rules,$(p))))

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) \
		$(if $(WERROR),-Werror) $(call cflags,$(folder-pkgs)) -MMD -MP -c -o $@ $<

# A program for the kernel, *.bpf.c, is compiled for the kernel's own machine, and held in the object
# of the file that loads it (.incbin).
BPF_CLANG ?= clang
$(B)/%.bpf.o: %.bpf.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,BPF)$(BPF_CLANG) -target bpf -I. -std=gnu11 -O2 -g -Wall -Wextra -Wno-unused-parameter \
		$(patsubst %/asm/types.h,-idirafter %,$(wildcard /usr/include/*-linux-gnu*/asm/types.h)) \
		$(if $(WERROR),-Werror) -MMD -MP -c -o $@ $<
define bpf-rules
$(B)/agent/enforcer/$(1).o: $(B)/agent/enforcer/$(1).bpf.o
$(B)/agent/enforcer/$(1).o: private ALL_CFLAGS += -Wa,-I$(B)/agent/enforcer
endef
$(foreach p,$(patsubst agent/enforcer/%.bpf.c,%,$(wildcard agent/enforcer/*.bpf.c)),$(eval $(call bpf-rules,$(p))))
-include $(wildcard $(B)/*/*.d $(B)/*/*/*.d $(B)/*/*/*/*.d)

.SECONDARY: # keep the objects of tests, too

# Other flags, another prefix: build again.
.PHONY: FORCE
$(B)/flags: FORCE
	@$(shell mkdir -p $(@D))$(file >$@.now,$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS)) \
		cmp -s $@.now $@ || cp $@.now $@

include tests/tests.mk
include packaging/packaging.mk

.PHONY: clean
clean:
	rm -rf build
