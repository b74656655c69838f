#!/bin/sh
# A model file is the same to the byte whatever compiled the program, with or without
# optimisation, on any number of threads, and on a processor without fused multiply-add.
. ci/tap.sh
[ -n "${RAI_BUILD##*/san}" ] || skip_all 'builds of its own, which no sanitizer watches'

cp testdata/same-bytes/rai.yaml "$T"
market --rows 1500 --seed 7 >"$T/houses.csv"
models=$(sed -n 's/^  \([a-z-]*\):$/\1/p' "$T/rai.yaml")
plan $(($(echo "$models" | wc -l) * 5 + 2))

# build NAME CC CFLAGS: a rai-train of its own
build() {
	make -s BUILD="build/$1" CC="$2" CFLAGS="$3" "build/$1/bin/rai-train" >"$T/make.log" 2>&1 ||
		{ note <"$T/make.log"; return 1; }
}
ok 'clang, not optimised' build clang-O0 clang -O0
ok 'gcc, optimised for this processor' build gcc-O3 gcc '-O3 -march=native'

for model in $models; do
	file=$T/$model.safetensors
	run rai-train -c "$T/rai.yaml" --model "$model" -o "$file" --threads 1
	status 0 "$model is trained"
	run rai-train -c "$T/rai.yaml" --verify "$file" --threads 3
	status 0 "$model: three threads"
	run build/clang-O0/bin/rai-train -c "$T/rai.yaml" --verify "$file"
	status 0 "$model: clang -O0"
	run build/gcc-O3/bin/rai-train -c "$T/rai.yaml" --verify "$file"
	status 0 "$model: gcc -O3 -march=native"
	run qemu-x86_64 -cpu Nehalem "$(command -v rai-train)" -c "$T/rai.yaml" --verify "$file"
	status 0 "$model: a processor without FMA and AVX"
done
