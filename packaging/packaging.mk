# Install, translations, dependencies, Debian packages.
#
#   make install-agent | install-collector | install-ctl | install     DESTDIR= PREFIX= UNITDIR=
#   make deps      install the Debian packages that building and testing need
#   make deb       devgate-agent, devgate-collector and devgatectl in build/deb/

UNITDIR ?= $(PREFIX)/lib/systemd/system
UDEVDIR ?= $(PREFIX)/lib/udev
AUTOSTARTDIR ?= $(SYSCONFDIR)/xdg/autostart
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
MODULESLOADDIR ?= $(PREFIX)/lib/modules-load.d
LOCALEDIR ?= $(PREFIX)/share/locale
MANDIR ?= $(PREFIX)/share/man
BASHCOMPDIR ?= $(PREFIX)/share/bash-completion/completions

languages := $(patsubst packaging/po/%.po,%,$(wildcard packaging/po/*.po))
catalogues := $(languages:%=$(B)/po/%.mo)
all: $(catalogues)
$(B)/po/%.mo: packaging/po/%.po
	@mkdir -p $(@D)
	$(call say,MO)msgfmt --check -o $@ $<

# $(call put,MODE,FILES,FOLDER): the files, if any, into the folder, made if need be
put = $(if $(strip $(2)),install -d $(DESTDIR)$(3) && install -m $(1) $(2) $(DESTDIR)$(3)/,:)
# The same for texts that name the programs' folders, as they are under PREFIX
put-text = $(call put,644,$(2),$(3)) && $(if $(filter /usr,$(PREFIX)),:,sed -i \
	-e 's|/usr/libexec/devgate|$(LIBEXECDIR)|g' -e 's|/usr/sbin/|$(PREFIX)/sbin/|g' \
	-e 's|/usr/bin/devgate|$(PREFIX)/bin/devgate|g' $(addprefix $(DESTDIR)$(3)/,$(notdir $(2))))
put-man = $(foreach s,$(sort $(subst .,,$(suffix $(1)))),$(call put,644,$(addprefix \
	packaging/man/,$(filter %.$(s),$(1))),$(MANDIR)/man$(s)) &&) :
put-catalogues = $(foreach l,$(languages),install -D -m 644 $(B)/po/$(l).mo \
	$(DESTDIR)$(LOCALEDIR)/$(l)/LC_MESSAGES/$(1).mo &&) :
put-completion = $(call put,644,$(wildcard packaging/completions/$(1)),$(BASHCOMPDIR))

.PHONY: install install-agent install-collector install-ctl deps deb
install: install-agent install-collector install-ctl

install-agent: all
	$(call put,755,$(addprefix $(B)/,devgate-enforcer devgate-filewatch devgate-reporter devgate-settle devgate-withdraw \
		devgate-notify),$(LIBEXECDIR))
	$(call put,755,$(B)/devgate,$(PREFIX)/bin)
	$(call put-text,644,$(addprefix packaging/systemd/,devgate-enforcer.service \
		devgate-emergency.service devgate-filewatch.service devgate-reporter.service devgate-withdraw.socket \
		devgate-withdraw@.service),$(UNITDIR))
	$(call put-text,644,packaging/autostart/devgate-notify.desktop,$(AUTOSTARTDIR))
	$(call put-text,644,packaging/udev/60-devgate.rules,$(UDEVDIR)/rules.d)
	$(call put,644,packaging/sysusers.d/devgate.conf,$(SYSUSERSDIR))
	$(call put,644,packaging/tmpfiles.d/devgate.conf,$(TMPFILESDIR))
	$(call put,644,packaging/modules-load.d/devgate.conf,$(MODULESLOADDIR))
	$(call put,644,packaging/boot/devgate-grub.cfg,$(PREFIX)/share/devgate/boot)
	$(call put-man,devgate.1 devgate-notify.1 devgate-event.5 devgate-enforcer.8 devgate-filewatch.8 devgate-reporter.8 \
		devgate-settle.8 devgate-withdraw.8)
	$(call put-catalogues,devgate)
	$(call put-completion,devgate)
	packaging/inventory '$(DESTDIR)' $(PREFIX) $(UNITDIR) $(UDEVDIR)

install-collector: all
	$(call put,755,$(B)/devgate-collector,$(PREFIX)/sbin)
	$(call put-text,644,packaging/systemd/devgate-collector.service,$(UNITDIR))
	$(call put,644,packaging/sysusers.d/devgate-collector.conf,$(SYSUSERSDIR))
	$(call put-man,devgate-collector.8)

install-ctl: all
	$(call put,755,$(B)/devgatectl,$(PREFIX)/bin)
	$(call put-man,devgatectl.1 devgate-policy.5)
	$(call put,644,$(wildcard policy/samples/*.json policy/risk/*.json),$(PREFIX)/share/devgate/policies)
	$(call put,644,$(wildcard policy/schema/*.json),$(PREFIX)/share/devgate/schemas)
	$(call put-catalogues,devgatectl)
	$(call put-completion,devgatectl)

deps:
	@packaging/dependencies/install

# The packages are built from a copy of the sources with debian/ at its top, kept between runs so
# that only what changed is compiled again.
deb-tree := build/deb-tree/devgate-$(VERSION)
deb-sources := Makefile README.md LICENSE agent packaging policy server tests

deb: build/deb/packages
build/deb/packages: $(shell find $(deb-sources) -type f 2>/dev/null)
	packaging/debian/build $(VERSION) $(deb-tree) build/deb $(deb-sources)
	@touch $@
