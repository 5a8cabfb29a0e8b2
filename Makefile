# memprov: build, test, install. VARIANT chooses flags and a directory of its own under build/.
VERSION := 0.1.0
VARIANT ?= release
PREFIX  ?= /usr/local
DESTDIR ?=

B        := build/$(VARIANT)
PKGS     := mount blkid yaml-0.1 smartcols json-c
SRC      := $(filter-out provision/main.c,$(wildcard provision/*.c))
OBJ      := $(SRC:provision/%.c=$(B)/%.o) $(B)/builtin.o
TESTS    := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/test_*.c))
HELPERS  := $(patsubst tests/vm/%.c,$(B)/vm/%,$(wildcard tests/vm/*.c))
PROFILES := $(sort $(wildcard profiles/*.yaml))

WARN := -Wall -Wextra -Wconversion -Wshadow -Wvla -Wswitch-enum -Wformat=2 -Wundef \
	-Wmissing-prototypes -Wstrict-prototypes -Wold-style-definition -Wpointer-arith \
	-Wwrite-strings -Wcast-qual -Wimplicit-fallthrough -Wno-missing-field-initializers
# OpenSSF's compiler hardening guide; -D_FORTIFY_SOURCE needs optimisation.
HARDEN := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection \
	-fno-delete-null-pointer-checks -fno-strict-overflow -fPIE
LDHARDEN := -pie -Wl,-z,relro,-z,now,-z,noexecstack

CFLAGS_release := -O2 -g $(HARDEN)
LDFLAGS_release := $(LDHARDEN)
CFLAGS_clang := $(CFLAGS_release)
LDFLAGS_clang := $(LDFLAGS_release)
CFLAGS_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
LDFLAGS_asan := -fsanitize=address,undefined
ifeq ($(VARIANT),clang)
CC := clang
endif
# CI sets WERROR=1; a user with a newer compiler is not stopped by a new warning.
ifdef WERROR
WARN += -Werror
endif

# CPPFLAGS, CFLAGS, LDFLAGS and LDLIBS are the caller's, and come last.
FLAGS := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DMEMPROV_VERSION='"$(VERSION)"' \
	-Iprovision -std=gnu17 $(WARN) $(CFLAGS_$(VARIANT)) $(shell pkg-config --cflags $(PKGS)) \
	$(CPPFLAGS) $(CFLAGS)
COMPILE := $(CC) $(FLAGS)
LINK := $(LDFLAGS_$(VARIANT)) $(LDFLAGS)
LIBS := $(shell pkg-config --libs $(PKGS)) $(LDLIBS)

all: $(B)/memprov

$(B)/memprov: $(B)/main.o $(B)/libmemprov.a
	$(CC) $(CFLAGS_$(VARIANT)) $(LINK) -o $@ $^ $(LIBS)

$(B)/libmemprov.a: $(OBJ)
	rm -f $@
	$(AR) rcsD $@ $^

$(B)/%.o: provision/%.c Makefile | $(B)
	$(COMPILE) -MMD -MP -c -o $@ $<

$(B)/builtin.o: $(B)/builtin.c Makefile
	$(COMPILE) -MMD -MP -c -o $@ $<

$(B)/builtin.c: scripts/builtin $(PROFILES) | $(B)
	scripts/builtin $(PROFILES) >$@.tmp
	mv $@.tmp $@

$(B)/unit/%: tests/unit/%.c $(B)/libmemprov.a Makefile | $(B)/unit
	$(COMPILE) -MMD -MP -o $@ $< $(B)/libmemprov.a $(LINK) $(LIBS) -lcmocka

$(B)/vm/%: tests/vm/%.c Makefile | $(B)/vm
	$(COMPILE) -o $@ $< $(LINK)

$(B) $(B)/unit $(B)/vm:
	mkdir -p $@

-include $(wildcard $(B)/*.d $(B)/unit/*.d)

# Everything a developer runs all day: seconds, no root. scripts/check wants every test point.
PROVE ?= prove --norc --quiet --failures
check: $(B)/memprov $(TESTS)
	MEMPROV=$(CURDIR)/$(B)/memprov CMOCKA_MESSAGE_OUTPUT=TAP $(PROVE) --exec '' $(TESTS) \
		tests/roots/run

asan:
	$(MAKE) VARIANT=asan all check

# The real kernel on loop filesystems: needs root, puts back what it changes.
live: $(B)/memprov
	MEMPROV=$(CURDIR)/$(B)/memprov tests/live/run

# The collection with real Ansible, over ssh to hosts that are namespaces of this machine.
ansible: $(B)/memprov
	MEMPROV=$(CURDIR)/$(B)/memprov LIVE_HELPERS=$(CURDIR)/tests/ansible/helpers.bash \
		tests/live/run tests/ansible

# What could bring this machine down, in guests: needs root for their image, QEMU, and minutes.
vm: $(B)/memprov $(HELPERS)
	MEMPROV=$(CURDIR)/$(B)/memprov HELPERS=$(CURDIR)/$(B)/vm tests/vm/run

lint: export LINT_CFLAGS = $(FLAGS)
lint:
	scripts/lint

format:
	clang-format -i provision/*.[ch] tests/unit/*.[ch]

check-docs: $(B)/memprov
	MEMPROV=$(CURDIR)/$(B)/memprov scripts/check-docs

install: $(B)/memprov
	install -D -m 0755 $(B)/memprov $(DESTDIR)$(PREFIX)/sbin/memprov
	install -D -m 0644 provision/memprov.8 $(DESTDIR)$(PREFIX)/share/man/man8/memprov.8
	install -D -m 0644 provision/memprov-profile.5 \
		$(DESTDIR)$(PREFIX)/share/man/man5/memprov-profile.5
	install -d $(DESTDIR)$(PREFIX)/share/memprov/profiles
	install -m 0644 $(PROFILES) $(DESTDIR)$(PREFIX)/share/memprov/profiles

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/sbin/memprov $(DESTDIR)$(PREFIX)/share/man/man8/memprov.8 \
		$(DESTDIR)$(PREFIX)/share/man/man5/memprov-profile.5
	rm -rf $(DESTDIR)$(PREFIX)/share/memprov

clean:
	rm -rf build

.PHONY: all check asan live ansible vm lint format check-docs install uninstall clean
.DELETE_ON_ERROR:
