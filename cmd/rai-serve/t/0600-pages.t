#!/bin/sh
# The pages: whole, safe and usable by themselves, and in a real browser where there is one.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh

# whole FILE: every element ends where it must, and no id comes twice
whole() {
	python3 - "$1" <<'END'
import html.parser, sys
class Check(html.parser.HTMLParser):
    void = {'meta', 'link', 'input', 'br', 'option'}  # or with an end that may be left out
    def __init__(self): super().__init__(); self.open = []; self.ids = set(); self.bad = []
    def handle_starttag(self, tag, attrs):
        if tag not in self.void: self.open.append(tag)
        for name, value in attrs:
            if name == 'id' and value in self.ids: self.bad.append('twice: ' + value)
            if name == 'id': self.ids.add(value)
            if name == 'style': self.bad.append('a style that the policy forbids')
    def handle_startendtag(self, tag, attrs): pass
    def handle_endtag(self, tag):
        if tag in self.void: return
        if not self.open or self.open.pop() != tag: self.bad.append('%s at %s' % (tag, self.getpos()))
check = Check()
check.feed(open(sys.argv[1], encoding='utf-8').read())
check.close()
print(check.bad, check.open)
sys.exit(bool(check.bad or check.open))
END
}
# alone FILE: nothing is loaded from elsewhere, and no attribute (the text of value apart) runs a script
alone() {
	! grep -o '<[^>]*>' "$1" | sed 's/ value="[^"]*"//' | grep -Eiq '(src|href|action)="?(https?:)?//|<iframe|<object| on[a-z]+=' &&
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
    features: { use: [Rooms, Type, Date, Distance, Suburb, Landsize, "<script>alert(1)</script>"], dates: { Date: day-first }, units: { Distance: km, Landsize: m², Price: "<b>$" } }
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
ok 'a label has the unit' grep -q '>Landsize, m²</label>' "$T/out"
ok 'a browser is told to run nothing else' grep -iq "^Content-Security-Policy: default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]*'; script-src 'sha256-" "$T/headers.txt"
style=$(tr -d '\n' <"$T/out" | sed 's/.*<style>\(.*\)<\/style>.*/\1/')
ok 'the style has the hash that is allowed' grep -Fq "style-src 'sha256-$(printf %s "$style" | openssl dgst -sha256 -binary | openssl base64)'" "$T/headers.txt"
ok 'no foreign text is markup' clean "$T/out"

form='Rooms=3&Type=h&Date=2017-03-04&Distance=99&Suburb=Nowhere&Landsize='
ask "$url/predict" -H 'Accept: text/html' -d "$form"
ok 'the answer is whole' whole "$T/out"
ok 'it needs nothing from elsewhere' alone "$T/out"
ok 'no foreign text is markup' clean "$T/out"
ok 'the prediction has its unit, as text' grep -q '</data>&#8239;&#60;b&#62;$</b>' "$T/out"
ok 'so have the values' grep -q '<td>99&#8239;km</td>' "$T/out"
ok 'it has an interval' grep -Eq 'likely between <strong><data id="low" value="[0-9.]+">' "$T/out"
ok 'what training has never seen is marked' grep -q 'never seen in training' "$T/out"
ok 'so is what lies outside of it' grep -q 'above all of training' "$T/out"
ok 'the closest training values are shown' grep -Eq 'the closest tenth: [0-9.]+ to [0-9.]+' "$T/out"
ok 'what is outside leads to its field' grep -Eq 'Outside of training:</span> <a href="#f[0-9]+">' "$T/out"
ok 'what is missing is' grep -q '<td class="text">not known</td>' "$T/out"

# what each value adds, as factors, leads from the typical row to the prediction
python3 - "$T/out" >"$T/factors" <<'END'
import re, sys
page = open(sys.argv[1], encoding='utf-8').read()
number = lambda s: float(s.replace(',', '').replace('\u2212', '-'))
v = number(re.search(r'a typical row, of which ([0-9,.]+) would', page)[1])
parts = re.findall(r'<td>([+\u2212]?[0-9.]+)&#8239;%</td>', page)
for part in parts: v *= 1 + number(part) / 100
want = number(re.search(r'Predicted Price<b><data value="([0-9.]+)"', page)[1])
print(len(parts), abs(v / want - 1) < 0.004, v, want)
END
is "$(cut -d' ' -f1,2 "$T/factors")" '7 True' "what the values add leads to the prediction ($(cut -d' ' -f3- "$T/factors"))"

# several wrong values: each is named beside its field, and nothing that was typed is lost
ask "$url/predict" -H 'Accept: text/html' -d 'Rooms=three&Type=h&Date=4.3.&Distance=7.5&Landsize=big&Suburb=Nowhere'
is "$status_code" 400 'wrong values get no prediction'
ok 'the page is whole' whole "$T/out"
ok 'it needs nothing from elsewhere' alone "$T/out"
is "$(grep -o 'aria-invalid="true" aria-describedby="e[0-9]*' "$T/out" | wc -l)" 3 'every wrong field is marked'
is "$(grep -Eo '<span class="hint bad" id="e[0-9]+">[^<]*' "$T/out" | sed 's/.*>//' | head -1)" '&#34;three&#34; is not a number' 'and says why'
is "$(grep -o 'To mend: .*' "$T/out" | grep -o 'href="#f' | wc -l)" 3 'the message leads to all of them'
is "$(grep -Eo 'value="(three|4\.3\.|7\.5|big|Nowhere)"' "$T/out" | wc -l)" 5 'what was typed is still there'
ok 'a choice, too' grep -q '<option value="h" selected>h</option>' "$T/out"

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

# the dashboard
ask "$url/dashboard"
is "$status_code" 200 'there is a dashboard'
ok 'it is whole' whole "$T/out"
ok 'it needs nothing from elsewhere' alone "$T/out"
ok 'no foreign text is markup' clean "$T/out"
ok 'it shows the digest' grep -q "$(jq -r .data.artifact_digest "$T/train/event.json")" "$T/out"
ok 'what it was trained on' grep -q "$(jq -r .data.data.digest "$T/train/event.json")" "$T/out"
ok 'and says how events come in' grep -q -- '--show-events FILE' "$T/out"
script=$(tr -d '\n' <"$T/out" | sed 's/.*<script>\(.*\)<\/script>.*/\1/')
ok 'its script has the hash that is allowed' grep -Fq "script-src 'sha256-$(printf %s "$script" | openssl dgst -sha256 -binary | openssl base64)'" "$T/headers.txt"
kill "$pid"; ended "$pid"

# drift only with evidence, events from files that grow
serve two --show-events "$T/train/event.json" --show-events "$T/events" --show-events "$T/missing"
ask "$url/dashboard"
is "$(grep -c 'not enough values</span></td>' "$T/out")" 8 'without values nothing is said about drift'
ok 'the event of training is found' grep -Eq 'since it was trained</dt><dd>[0-9]' "$T/out"
# of its digest they stay known, however much comes after them, and also when their file is rotated
digest=$(jq -r .data.artifact_digest "$T/train/event.json")
printf '%s\n' '{"specversion":"1.0","id":"r","source":"/rai/rai-tag","type":"ai.reconciled.model.released.v1","subject":"m","time":"2026-11-28T18:00:00Z","data":{"artifact_digest":"'"$digest"'","commit":"c0ffee5"}}' >"$T/events"
for i in $(seq 600); do
	printf '{"specversion":"1.0","id":"%d","source":"/rai/rai-drift","type":"ai.reconciled.drift.checked.v1","subject":"m","time":"2999-01-01T00:00:00Z","data":{"verdict":"stable","note":"%0600d"}}\n' "$i" "$i"
done >>"$T/events"
told() { grep -Eq 'since it was trained</dt><dd>[0-9]' "$T/out" && grep -q '<dt>commit</dt><dd><bdi>c0ffee5' "$T/out"; }
ask "$url/dashboard"
ok 'newer events do not push out where the model is from' told
mv "$T/events" "$T/events.1"
ask "$url/dashboard"
ok 'neither does a file that is rotated' told
ok 'whose events are listed no more' sh -c "! grep -q 'drift checked' '$T/out'"
printf '%s\n%s' '{"specversion":"1.0","id":"b","source":"/rai/rai-drift","type":"ai.reconciled.drift.detected.v1","subject":"<b>x</b>","time":"2026-11-28T18:01:00Z","data":{"verdict":"<img src=x>","advice":"retrain"}}' '{"specversion":"1.0","id":"c", "half of a' >"$T/events"
for i in 1 2 3 4; do
	curl -s "$url/predict" -d "[$(for j in $(seq 50); do printf '%s{"Rooms":%d,"Landsize":90000,"Type":"h"}' "${sep-}" $((j % 5 + 1)); sep=,; done)]" >"$T/p"
	sep=
done
ask "$url/dashboard"
ok 'events are listed as text' grep -q '<b><bdi>drift detected</bdi></b><span><bdi>&#60;b&#62;x' "$T/out"
ok 'no foreign text is markup' clean "$T/out"
ok 'its tile names it' grep -Eq 'features that moved</dt><dd>[1-9][0-9]*<small>.*<bdi>Type</bdi>.*of [0-9]+ with enough values' "$T/out"
is "$(grep -c '>moved<' "$T/out" | sed 's/^[1-9][0-9]*$/some/')" some 'what moved is said to'
ok 'it is whole' whole "$T/out"

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
[ "${RAI_BUILD##*/}" = san ] && browser=
# seen URL SECONDS: the document after so much of the browser's own time
seen() {
	timeout 60 "$browser" --headless=new --no-sandbox --disable-gpu --user-data-dir="$T/browser" \
		--virtual-time-budget="$2"000 --dump-dom "$1" >"$T/dom" 2>"$T/browser.err"
}
if [ -n "$browser" ]; then
	ok 'a browser opens the dashboard' seen "$url/dashboard" 12
	ok 'and its script keeps it up to date' grep -q 'Live: updated' "$T/dom"
	# a form is sent by the browser itself, with its own headers
	cat >"$T/fill.html" <<-END
		<form id=f method=post action="$url/predict"><input name=Rooms value=3><input name=Type value=h></form>
		<script>document.getElementById('f').submit()</script>
	END
	ok 'a browser sends the form' seen "file://$T/fill.html" 5
	ok 'and shows the answer' grep -q 'Predicted Price<b><data value="' "$T/dom"
fi
kill "$pid"; ended "$pid"

# categories whose white space counts are sent as they are, from a list and from what is offered
rm "$T/model"/*
mkdir "$T/spaces" && cd "$T/spaces" || exit 1
awk 'BEGIN { print "Work,Place,Pay"; for (i = 0; i < 400; i++) printf "%s, Place  %d,%d\n", i % 2 ? " Private" : "Self  emp", i % 50, 100 + i % 50 + 40 * (i % 2) }' >data.csv
cat >rai.yaml <<'END'
version: 1
models:
  pay:
    data:     { source: data.csv }
    target:   { column: Pay, transform: none }
    features: { use: [Work, Place] }
    train:    { candidates: [ { tree: { max_depth: 6 } } ] }
    gate:     { metric: r2, at_least: -9 }
END
rai-train -c rai.yaml -o "$T/model/model.safetensors" >event.json 2>train.log || { note <train.log; exit 1; }
cd "$top" || exit 1
serve spaces
# sends FILE NAME: what the choices of a control would send, one a line, as HTML has it
sends() {
	python3 - "$1" "$2" <<'END'
import html.parser, sys
class Options(html.parser.HTMLParser):
    name = value = text = None
    def handle_starttag(self, tag, attrs):
        self.take()
        self.name = dict(attrs).get('name', self.name)
        if tag == 'option' and self.name == sys.argv[2]: self.value, self.text = dict(attrs).get('value'), ''
    def handle_data(self, data):
        if self.text is not None: self.text += data
    def handle_endtag(self, tag): self.take()
    def take(self):
        if self.text is not None: print(' '.join(self.text.split()) if self.value is None else self.value)
        self.text = None
Options().feed(open(sys.argv[1], encoding='utf-8').read())
END
}
ask "$url/"
is "$(sends "$T/out" Work)" "$(printf '\n Private\nSelf  emp')" 'a choice sends its category, with all white space'
is "$(sends "$T/out" Place | grep -c '^ Place  [0-9]*$')" 50 'so does one of many that are offered'
ask "$url/predict" -H 'Accept: text/html' --data-urlencode 'Work=  Never ' --data-urlencode 'Place= Place  7'
is "$(sends "$T/out" Work | tail -1)" '  Never ' 'and one that was sent before'
ok 'which training has never seen' grep -q 'never seen in training' "$T/out"
ask "$url/predict" -H 'Accept: text/html' --data-urlencode 'Work= Private' --data-urlencode 'Place= Place  7'
ok 'the chosen one stays chosen' grep -q '<option value=" Private" selected>' "$T/out"
ok 'and was seen' sh -c "! grep -q 'never seen in training' '$T/out'"
[ -n "$browser" ] || exit 0
# the page itself in a browser, where somebody chooses and presses the button
for i in 1 2; do
	curl -s "$url/" | sed "s|action=\"predict\"|action=\"$url/predict\"|" >"$T/choose.html"
	cat >>"$T/choose.html" <<-END
		<script>const of = name => document.querySelector('[name=' + name + ']');
		of('Work').selectedIndex = $i; of('Place').value = of('Place').list.options[$i].value;
		document.querySelector('button').click()</script>
	END
	ok 'a browser sends what was chosen' seen "file://$T/choose.html" 5
	ok 'the answer is shown' grep -q 'Predicted Pay<b><data value="' "$T/dom"
	ok 'training has seen it' sh -c "! grep -q 'never seen in training' '$T/dom'"
done
