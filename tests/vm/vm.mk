# The VM bench's own programs, static so that the guest's libraries do not matter: build/vm/.

vm-programs := $(patsubst tests/vm/guest/%.c,build/vm/%,$(wildcard tests/vm/guest/*.c))

build/vm/%: tests/vm/guest/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) $(if $(WERROR),-Werror) -O2 -g -static -o $@ $<

.PHONY: vm-tools
vm-tools: $(vm-programs)
