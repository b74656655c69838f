# Reconciled AI.  make, make demo, make check: each installs what it lacks (scripts/bootstrap).
# SAN=1: address and undefined-behaviour sanitizers, SAN=thread: the one of threads, each in a build
# folder of its own.  V=1: show commands.
VERSION = 0.1.0
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
BUILD  := build/$(if $(SAN),$(if $(filter thread,$(SAN)),tsan,san),out)
PKGS    = libgit2 yaml-0.1 libcjson libcurl gsl libmicrohttpd gnutls libcrypto zlib
LIBS    = -lm -ldl
TOOLS   = $(notdir $(wildcard cmd/*))
CFLAGS ?= -O2 -g
WARN    = -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wundef -Wwrite-strings -Wformat=2 \
          -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
,      := ,
CHECKS  = $(if $(SAN),-fno-omit-frame-pointer -fno-sanitize-recover=all -fsanitize=$(if $(filter thread,$(SAN)),thread,address$(,)undefined))
# -ffp-contract=off: the same floating-point result with and without FMA, on every compiler.
CC_ALL  = $(CC) -std=c11 -D_GNU_SOURCE -DRAI_VERSION='"$(VERSION)"' -ffp-contract=off -pthread \
          -iquote lib $(shell pkg-config --cflags $(PKGS)) $(WARN) $(CPPFLAGS) $(CFLAGS) $(CHECKS)
Q       = $(if $(V),,@)
LINK    = $(Q)echo '  LD  $@' && $(CC) -pthread $(LDFLAGS) $(CHECKS) -Wl,--as-needed -o $@ $^ $(shell pkg-config --libs $(PKGS)) $(LIBS)
OBJS    = $(patsubst %.c,$(BUILD)/%.o,$(filter-out %_test.c,$(wildcard lib/*/*.c)))
UNIT    = $(patsubst %.c,$(BUILD)/%,$(wildcard lib/*/*_test.c))
PLAYERS = market replay columns trials days costs asks constant pester streams
FUZZ    = $(patsubst %.c,$(BUILD)/%,$(wildcard ci/fuzz/*_fuzz.c))
TESTS   = $(UNIT) $(wildcard scripts/t/*.t cmd/*/t/*.t ci/t/*.t)
RUN     = PATH="$(CURDIR)/$(BUILD)/bin:$(CURDIR)/$(BUILD)/testdata:$$PATH" RAI_BUILD="$(CURDIR)/$(BUILD)"

all: $(BUILD)/deps $(TOOLS:%=$(BUILD)/bin/%) $(PLAYERS:%=$(BUILD)/testdata/%)
.SECONDEXPANSION:
PERCENT := %
$(BUILD)/bin/%: $$(patsubst $$(PERCENT).c,$(BUILD)/$$(PERCENT).o,$$(wildcard cmd/$$*/*.c)) $(BUILD)/librai.a
	@mkdir -p $(@D)
	$(LINK)
$(BUILD)/lib/%_test: $(BUILD)/lib/%_test.o $(BUILD)/librai.a
	$(LINK)
$(PLAYERS:%=$(BUILD)/testdata/%): $(BUILD)/testdata/%: $$(patsubst $$(PERCENT).c,$(BUILD)/$$(PERCENT).o,$$(wildcard testdata/$$*.c testdata/$$*_*.c)) $(BUILD)/librai.a
	$(LINK)
DRAWN = $(BUILD)/testdata/costs $(BUILD)/testdata/days # the rows of a file, as trials has them
$(DRAWN): LDFLAGS += $(BUILD)/testdata/trials_draw.o
$(DRAWN): | $(BUILD)/testdata/trials_draw.o
$(BUILD)/ci/fuzz/%: $(BUILD)/ci/fuzz/%.o $(BUILD)/librai.a
	$(LINK)
$(BUILD)/librai.a: $(OBJS)
	$(Q)echo '  AR  $@' && rm -f $@ && $(AR) rcs $@ $^
$(BUILD)/%.o: %.c Makefile | $(BUILD)/deps
	@mkdir -p $(@D)
	$(Q)echo '  CC  $<' && $(CC_ALL) -MMD -MP -c -o $@ $<
$(BUILD)/deps: scripts/bootstrap
	$(Q)scripts/bootstrap build
	@mkdir -p $(@D) && touch $@
demo: all
	$(Q)$(RUN) scripts/demo $(DATA)
check: all $(UNIT) $(FUZZ)
	$(Q)scripts/bootstrap test
	$(Q)$(RUN) prove -j2 -e '' $(TESTS)
check-valgrind: $(UNIT)
	$(Q)scripts/bootstrap test
	$(Q)for t in $(UNIT); do valgrind -q --leak-check=full --error-exitcode=9 $$t >$(BUILD)/valgrind.log || \
	    { cat $(BUILD)/valgrind.log; exit 1; }; done
bench: all
	$(Q)scripts/bootstrap bench
	$(Q)$(RUN) scripts/bench "$(DATA)" "$(REPORT)"
lint:
	$(Q)scripts/bootstrap lint
	scripts/check-layers && scripts/check-source && scripts/check-man
	clang-format --dry-run -Werror $$(git ls-files '*.[ch]')
	cppcheck --quiet --error-exitcode=1 --inline-suppr --suppress=varFuncNullUB --enable=warning,portability -DRAI_VERSION='""' -Ilib lib cmd
	mandoc -T lint -W warning man/*.[157]
install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(MANDIR)/man7
	install -m 755 $(TOOLS:%=$(BUILD)/bin/%) $(DESTDIR)$(BINDIR)
	for s in 1 5 7; do install -m 644 man/*.$$s $(DESTDIR)$(MANDIR)/man$$s; done
clean:
	rm -rf build
-include $(shell find build -name '*.d' 2>/dev/null)
.PHONY: all demo check check-valgrind bench lint install clean
.SECONDARY:
.DELETE_ON_ERROR:
