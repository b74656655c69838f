#!/bin/sh
# The pages: whole, safe and usable by themselves, and in a real browser where there is one.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh

# whole FILE: HTML in which a parser of its own finds nothing to repair
whole() {
	command -v tidy >/dev/null || return 0
	tidy -q -e --new-inline-tags data --warn-proprietary-attributes no "$1" 2>&1 |
		grep -v -e 'trimming empty' -e '<data> is not approved' >"$T/tidy"
	[ ! -s "$T/tidy" ] || { note <"$T/tidy"; return 1; }
}
# alone FILE: nothing is loaded from elsewhere, and no attribute runs a script
alone() {
	! grep -o '<[^>]*>' "$1" | grep -Eiq '(src|href|action)="?(https?:)?//|<iframe|<object| on[a-z]+=' &&
		! grep -Eiq '@import|url\(' "$1"
}
# clean FILE: the hostile names of this test are text in it
clean() { ! grep -Eq '<script>alert|<img' "$1"; }

mkdir -p "$T/model" "$T/train" && cd "$T/train" || exit 1
market --rows 1500 --seed 1 >data.csv
# a hostile name, and hostile categories
awk -F, -v OFS=, 'NR == 1 { sub(/Method/, "<script>alert(1)</script>") } NR > 1 && $6 == "SP" { $6 = "\"><img src=//evil onerror=alert(2)>" } 1' data.csv |
	sed 's/,"><img src=\(.*\))>,/,"""><img src=\1)>",/' >hostile.csv
cat >rai.yaml <<'END'
version: 1
models:
  house-price:
    data:     { source: hostile.csv }
    target:   { column: Price, transform: log }
    features: { use: [Rooms, Type, Date, Distance, Suburb, Landsize, "<script>alert(1)</script>"], dates: { Date: day-first } }
    train:    { candidates: [ { forest: { trees: 10 } } ] }
    gate:     { metric: r2, at_least: -9 }
END
rai-train -c rai.yaml -o "$T/model/model.safetensors" >event.json 2>train.log || { note <train.log; exit 1; }
echo '{"model":"house-price","version":"<script>alert(3)</script>"}' >"$T/model/release.json"
cd "$top" || exit 1

serve one
ask "$url/"
ok 'the form is whole' whole "$T/out"
ok 'it needs nothing from elsewhere' alone "$T/out"
is "$(grep -o '<label for="[^"]*"' "$T/out" | sort -u | wc -l)" 7 'every feature has a label'
for id in $(grep -o '<label for="[^"]*"' "$T/out" | sed 's/.*for="\(.*\)"/\1/'); do
	grep -Eq "<(input|select) id=\"$id\"" "$T/out" || echo "$id"
done >"$T/unlabelled"
is "$(cat "$T/unlabelled")" '' 'and every label its control'
ok 'the language is said' grep -q '<html lang="en">' "$T/out"
ok 'the range of training is a hint' grep -q '1 to 5 in training; the middle half 2 to 3' "$T/out"
ok 'a browser is told to run nothing else' grep -iq "^Content-Security-Policy: default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]*'; script-src 'sha256-" "$T/headers.txt"
style=$(tr -d '\n' <"$T/out" | sed 's/.*<style>\(.*\)<\/style>.*/\1/')
ok 'the style has the hash that is allowed' grep -Fq "style-src 'sha256-$(printf %s "$style" | openssl dgst -sha256 -binary | openssl base64)'" "$T/headers.txt"
ok 'no foreign text is markup' clean "$T/out"

form='Rooms=3&Type=h&Date=2017-03-04&Distance=99&Suburb=Nowhere&Landsize='
ask "$url/predict" -H 'Accept: text/html' -d "$form"
ok 'the answer is whole' whole "$T/out"
ok 'it needs nothing from elsewhere' alone "$T/out"
ok 'no foreign text is markup' clean "$T/out"
ok 'it has an interval' grep -Eq 'likely between <strong><data id="low" value="[0-9.]+">' "$T/out"
ok 'what training has never seen is marked' grep -q 'never seen in training' "$T/out"
ok 'so is what lies outside of it' grep -q 'above all of training' "$T/out"
ok 'what is missing is' grep -q '<td class="text">not known</td>' "$T/out"

# new rows of the same market: 9 of 10 lie in the interval
market --rows 300 --seed 2 | awk -F, 'NR > 1 && $5 != "" && !/"/ { printf "%s Rooms=%s&Type=%s&Suburb=%s&Distance=%s&Landsize=%s&Date=%s\n", $5, $3, $4, $1, $9, $14, $8 }' |
	sed 's/ \([^=]*\)=/=\1=/; s/ /+/g; s/=/ /' | head -200 >"$T/rows"
while read -r price row; do
	curl -s "$url/predict" -H 'Accept: text/html' -d "$row" | tr '<' '\n' |
		sed -n "s/^data id=\"\(low\|high\)\" value=\"\(.*\)\">.*/\2/p" | tr '\n' ' '
	echo "$price"
done <"$T/rows" >"$T/intervals"
is "$(awk 'NF == 3' "$T/intervals" | wc -l)" 200 'every row has its interval'
inside=$(awk '$1 <= $3 && $3 <= $2' "$T/intervals" | wc -l)
ok "9 of 10 true prices lie in it (here $inside of 200)" [ "$inside" -ge 165 ]
ok 'and not all of them' [ "$inside" -le 196 ]
