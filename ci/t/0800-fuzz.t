#!/bin/sh
# Every fuzz target over its corpus: what was found once stays found.
. ci/tap.sh

found=0
for target in "$RAI_BUILD"/ci/fuzz/*_fuzz; do
	[ -x "$target" ] || continue
	found=1
	name=$(basename "$target")
	if [ -n "$(ls "testdata/fuzz/$name" 2>/dev/null)" ]; then
		run "$target" "testdata/fuzz/$name"/*
		status 0 "$name holds on its corpus"
		stdout "$(ls "testdata/fuzz/$name" | wc -l) inputs" 'on all of it'
	else
		fail "$name has a corpus in testdata/fuzz/$name"
	fi
done
ok 'there are fuzz targets' [ "$found" = 1 ]
