# The VM bench's own programs, static so that the guest's libraries do not matter: build/vm/.

vm-programs := $(patsubst tests/vm/guest/%.c,build/vm/%,$(wildcard tests/vm/guest/*.c))

build/vm/%: tests/vm/guest/%.c $(wildcard tests/vm/guest/*.h)
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) $(if $(WERROR),-Werror) -O2 -g -static -o $@ $<

# What the bench runs on this machine: build/vm-host/.
vm-host-programs := $(patsubst tests/vm/host/%.c,build/vm-host/%,$(wildcard tests/vm/host/*.c))

build/vm-host/%: tests/vm/host/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) $(if $(WERROR),-Werror) -O2 -g $(call cflags,gnutls) \
		-o $@ $< $(call libs,gnutls)

build/vm/fakeusb: tests/vm/guest/fakeusb_face.h tests/vm/guest/fakeusb_scsi.h

.PHONY: vm-tools soak
vm-tools: $(vm-programs) $(vm-host-programs)

# What takes too long for `make test`: thousands of plugs, and the long forms of other tests' loops.
soak: deps
	+$(MAKE) --no-print-directory all deb vm-tools
	tests/vm/run --soak $(B) build/deb
