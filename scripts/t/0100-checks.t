#!/bin/sh
# The checks of make lint can fail, and the bootstrap says what it would do.
. ci/tap.sh
plan 10

mkdir -p "$T/tree/lib/base" "$T/tree/lib/json" "$T/tree/cmd/rai-x" "$T/tree/scripts"
cp scripts/check-layers scripts/check-source "$T/tree/scripts/"
cp lib/LAYERS "$T/tree/lib/"
cd "$T/tree" && git init -q . || exit 2
echo '#include "base/a.h"' >lib/json/a.c
: >lib/base/a.h
run scripts/check-layers
status 0 'an include that points down is fine'
echo '#include "json/a.h"' >lib/base/a.c
run scripts/check-layers
status 1 'an include that points up is not'
stdout_has 'lib/base/a.c:1: room base may not include json/a.h' 'and the line is named'
echo '#include <curl/curl.h>' >lib/base/a.c
run scripts/check-layers
stdout_has '<curl/curl.h> has its door in another room' 'a second door is found'
rm lib/base/a.c
run scripts/check-source
status 0 'clean source passes'
echo 'int f(const char *s) { return atoi(s); }' >lib/base/a.c
run scripts/check-source
status 1 'a banned function is found'
echo 'void g(void) { exit(1); }' >lib/base/a.c
run scripts/check-source
status 1 'a library that exits is found'
rm lib/base/a.c && echo '{}' >event.json
run scripts/check-source
stdout_has 'event.json' 'a file that does not belong at the top is found'
cd "$top" || exit 2
run scripts/bootstrap nonsense
status 2 'the bootstrap refuses an unknown stage'
mkdir "$T/few" && for c in cat sort; do ln -s "$(command -v $c)" "$T/few/$c"; done
run env PATH="$T/few" /bin/sh scripts/bootstrap build
stderr_has 'no Debian system' 'elsewhere the bootstrap says what to install'
