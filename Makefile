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
FUZZERS  := $(patsubst tests/fuzz/fuzz_%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
HELPERS  := $(patsubst tests/vm/%.c,$(B)/vm/%,$(wildcard tests/vm/*.c))
PROFILES := $(sort $(wildcard profiles/*.yaml))
UNITS    := $(patsubst scripts/%,%,$(sort $(wildcard scripts/systemd/*)))

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
# Not fortified, for valgrind takes __memmove_chk for a memcpy.
CFLAGS_valgrind := -O1 -g
CFLAGS_fuzz := $(CFLAGS_asan) -O2 -fsanitize=fuzzer-no-link
LDFLAGS_fuzz := $(LDFLAGS_asan)
ifneq ($(filter clang fuzz,$(VARIANT)),)
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

# Only in its own variant is it libFuzzer that gives them their inputs.
FUZZ_MAIN := $(if $(filter fuzz,$(VARIANT)),-fsanitize=fuzzer,$(B)/fuzz/replay.o)
$(B)/fuzz/%: tests/fuzz/fuzz_%.c $(filter %.o,$(FUZZ_MAIN)) $(B)/libmemprov.a Makefile | $(B)/fuzz
	$(COMPILE) -MMD -MP -o $@ $< $(FUZZ_MAIN) $(B)/libmemprov.a $(LINK) $(LIBS)

$(B)/fuzz/replay.o: tests/fuzz/replay.c Makefile | $(B)/fuzz
	$(COMPILE) -MMD -MP -c -o $@ $<

$(B)/vm/%: tests/vm/%.c Makefile | $(B)/vm
	$(COMPILE) -o $@ $< $(LINK)

$(B)/faults/syscall-names.h: Makefile | $(B)/faults
	echo '#include <sys/syscall.h>' | $(CC) $(CPPFLAGS) -E -dM - >$@.tmp
	sed -n 's/^#define __NR_\([a-z0-9_]*\) .*/{ "\1", __NR_\1 },/p' $@.tmp >$@
	test -s $@

$(B)/faults/inject: tests/faults/inject.c $(B)/faults/syscall-names.h
	$(COMPILE) -MMD -MP -I$(B)/faults -o $@ $< $(LINK)

$(B)/nomem/nomem.so: tests/nomem/nomem.c Makefile | $(B)/nomem
	$(CC) $(WARN) -D_GNU_SOURCE -std=gnu17 -O2 -shared -fPIC -o $@ $<

$(B) $(B)/unit $(B)/fuzz $(B)/vm $(B)/faults $(B)/nomem $(B)/systemd:
	mkdir -p $@

-include $(wildcard $(B)/*.d $(B)/unit/*.d $(B)/fuzz/*.d $(B)/faults/*.d)

# Everything a developer runs all day: seconds, no root. scripts/check wants every test point.
PROVE ?= prove --norc --quiet --failures
check: $(B)/memprov $(TESTS) $(FUZZERS)
	MEMPROV=$(CURDIR)/$(B)/memprov FUZZERS=$(CURDIR)/$(B)/fuzz CMOCKA_MESSAGE_OUTPUT=TAP \
		$(PROVE) --exec '' $(TESTS) tests/roots/run tests/fuzz/run

asan:
	$(MAKE) VARIANT=asan all check

# The unit tests and the root cases without an error, a leak or an open descriptor: some minutes.
valgrind:
	$(MAKE) VARIANT=valgrind memcheck

memcheck: $(B)/memprov $(TESTS)
	MEMPROV=$(CURDIR)/$(B)/memprov tests/valgrind/run $(TESTS)

# libFuzzer on what reads the texts of others, as many targets at once as there are processors.
# FUZZ_SECONDS, or FUZZ_RUNS, of each of FUZZ_TARGETS (all).
FUZZ_SECONDS ?= $(if $(FUZZ_RUNS),,60)
fuzz:
	$(MAKE) VARIANT=fuzz fuzzers
	FUZZERS=$(CURDIR)/build/fuzz/fuzz FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_RUNS=$(FUZZ_RUNS) \
		tests/fuzz/run $(FUZZ_TARGETS)

fuzzers: $(FUZZERS)

# The real kernel on loop filesystems: needs root, puts back what it changes.
live: $(B)/memprov
	MEMPROV=$(CURDIR)/$(B)/memprov tests/live/run

# The collection with real Ansible, over ssh to hosts that are namespaces of this machine.
ansible: $(B)/memprov
	MEMPROV=$(CURDIR)/$(B)/memprov LIVE_HELPERS=$(CURDIR)/tests/ansible/helpers.bash \
		tests/live/run tests/ansible

# Every fault at every system call, on loop filesystems: needs root, puts back what it changes.
# FAULTS, FAULTS_ON, FAULTS_IN, FAULTS_PART, FAULTS_ALL and FAULTS_SEED choose some; see tests/faults/run.
faults: export FAULTS := $(FAULTS)
faults: export FAULTS_ON := $(FAULTS_ON)
faults: export FAULTS_IN := $(FAULTS_IN)
faults: export FAULTS_PART := $(FAULTS_PART)
faults: export FAULTS_ALL := $(FAULTS_ALL)
faults: export FAULTS_SEED := $(FAULTS_SEED)
faults: $(B)/memprov $(B)/faults/inject
	MEMPROV=$(CURDIR)/$(B)/memprov INJECT=$(CURDIR)/$(B)/faults/inject tests/faults/run

# Without memory at every allocation, on the trees of NOMEM_CASES (some); not with sanitizers.
nomem: $(B)/memprov $(B)/nomem/nomem.so
	MEMPROV=$(CURDIR)/$(B)/memprov NOMEM_SO=$(CURDIR)/$(B)/nomem/nomem.so \
		tests/nomem/run $(NOMEM_CASES)

# What could bring this machine down, in guests: needs root for their image, QEMU, and minutes.
# VM_TESTS: some of them; CUTS: how often power fails in one.
vm: $(B)/memprov $(HELPERS) deb
	MEMPROV=$(CURDIR)/$(B)/memprov HELPERS=$(CURDIR)/$(B)/vm \
		DEB=$$(echo $(CURDIR)/build/memprov_$(VERSION)_*.deb) tests/vm/run $(VM_TESTS)

# The ways onto a machine; on Debian its package too, which needs root for a Debian to be put in.
packages: $(B)/memprov
	MEMPROV=$(CURDIR)/$(B)/memprov tests/packages/run

lint: export LINT_CFLAGS = $(FLAGS)
lint:
	scripts/lint

format:
	clang-format -i provision/*.[ch] tests/unit/*.[ch] tests/vm/*.c tests/faults/*.c tests/nomem/*.c \
		tests/fuzz/*.[ch]

check-docs: $(B)/memprov
	MEMPROV=$(CURDIR)/$(B)/memprov scripts/check-docs

# Where systemd and the shells look for them, MODE:FILE:TARGET; Debian has its own place for zsh.
UNITDIR ?= $(PREFIX)/lib/systemd/system
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR  ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
DOCDIR  ?= $(PREFIX)/share/doc/memprov
RECORD  := $(PREFIX)/share/memprov/installed
INSTALL_FILES := 0755:$(B)/memprov:$(PREFIX)/sbin/memprov \
	0644:provision/memprov.8:$(PREFIX)/share/man/man8/memprov.8 \
	0644:provision/memprov-profile.5:$(PREFIX)/share/man/man5/memprov-profile.5 \
	$(foreach f,$(PROFILES),0644:$(f):$(PREFIX)/share/memprov/$(f)) \
	$(foreach f,$(UNITS),0644:$(B)/$(f):$(UNITDIR)/$(notdir $(f))) \
	0644:scripts/completions/memprov.bash:$(BASHDIR)/memprov \
	0644:scripts/completions/_memprov:$(ZSHDIR)/_memprov \
	0644:scripts/completions/memprov.fish:$(FISHDIR)/memprov.fish \
	0644:README.md:$(DOCDIR)/README.md 0644:LICENSE:$(DOCDIR)/LICENSE

# Made anew each time, for PREFIX may be another.
$(B)/systemd/%: scripts/systemd/% FORCE | $(B)/systemd
	sed 's|/usr/sbin/memprov|$(PREFIX)/sbin/memprov|' $< >$@

install: export DESTDIR := $(DESTDIR)
install: $(B)/memprov $(UNITS:%=$(B)/%)
	scripts/install-files install $(RECORD) $(INSTALL_FILES)

uninstall: export DESTDIR := $(DESTDIR)
uninstall:
	scripts/install-files uninstall $(RECORD)

deb:
	scripts/build-deb

clean:
	rm -rf build

.PHONY: all check asan valgrind memcheck fuzz fuzzers live ansible faults nomem vm lint format \
	check-docs packages deb install uninstall clean FORCE
.DELETE_ON_ERROR:
