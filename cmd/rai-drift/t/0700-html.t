#!/bin/sh
# The page: whole, safe, by itself, about what was judged, and in a real browser where there is one.
. ci/tap.sh
. cmd/rai-drift/t/prepare.sh
# whole FILE: every element ends where it must, no id comes twice, what scrolls can be reached
whole() {
	python3 - "$1" <<'END'
import html.parser, sys
class Check(html.parser.HTMLParser):
    void = {'meta', 'br', 'path', 'rect'}
    def __init__(self): super().__init__(); self.open = []; self.ids = set(); self.bad = []
    def handle_starttag(self, tag, attrs):
        if tag not in self.void: self.open.append(tag)
        attrs = dict(attrs)
        if attrs.get('id') in self.ids: self.bad.append('twice: ' + attrs['id'])
        if 'id' in attrs: self.ids.add(attrs['id'])
        if attrs.get('class') == 'scroll' and attrs.get('tabindex') != '0': self.bad.append('no keyboard')
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
alone() {
	! grep -o '<[^>]*>' "$1" | grep -Eiq '(src|href|action)=|<iframe|<object|<script| on[a-z]+=' &&
		! grep -Eiq '@import|url\(' "$1"
}
has() { grep -qF -e "$1" page.html; }
judge() { run rai-drift --model m.safetensors --now 2026-11-24T00:00:00Z --html page.html "$@"; }

log 0 --rows 2000 >clean.jsonl
log 2000 --rows 1000 --inflate 40 --mix 0.3 >moved.jsonl
judge clean.jsonl
status 0 'no drift'
ok 'there is a page all the same' has 'No drift: wait'
ok 'it is whole' whole page.html
ok 'alone' alone page.html
judge --accuracy-below 0.8 clean.jsonl moved.jsonl
status 1 'drift'
ok 'a whole page' whole page.html
ok 'alone' alone page.html
ok 'the verdict' has 'Drift: retrain'
ok 'what to do next' has "$(field data.next.text)"
ok 'by which command' has 'rai-train --model house-price | rai-tag'
is "$(grep -c '<article class="column' page.html)" $(($(jq '.data.features | length' out) + 2)) 'all columns, prediction and target'
is "$(grep -o '<article class="column [a-z]*' page.html | sed 's/.* //' | uniq | paste -sd' ')" 'unclear passed plain' 'what moved comes first'
ok 'the expectation beside the index' has '<dt>PSI</dt>'
is "$(grep -c 'without drift about' page.html | sed 's/^[1-9].*/some/')" some 'of each'
# six windows of inputs: four marks of no drift or more, the rest of drift
is "$(tr -d '\n' <page.html | grep -o '<path class="\(good marks\|second marks square\)" d="[^"]*"' | grep -o 'M' | wc -l)" 6 'one mark for each window'
ok 'what was hot in them' has '<bdi>the error'
ok 'the accuracy that was asked for' has 'the accuracy that was asked'
ok 'and what their rows let expect' has 'by the inputs of its rows'
cp page.html first.html
judge --accuracy-below 0.8 clean.jsonl moved.jsonl
ok 'the same bytes again' cmp -s page.html first.html
# a page of runs that go on with a state file is that of one run
kept() { run rai-drift --model m.safetensors --now 2026-11-24T00:00:00Z --accuracy-below 0.8 --html page.html --state "$@"; }
kept whole.state clean.jsonl moved.jsonl
cp page.html whole.html
kept parts.state clean.jsonl
kept parts.state clean.jsonl moved.jsonl
ok 'windows of runs before are in it' cmp page.html whole.html
is "$(tr -d '\n' <page.html | grep -o '<path class="\(good marks\|second marks square\)" d="[^"]*"' | grep -o 'M' | wc -l)" 6 'all of them'
sed 's/"Landsize": [0-9.]*/"Landsize": 5e6/' clean.jsonl >broken.jsonl
judge broken.jsonl
status 3 'a broken input'
ok 'its page' has 'The input is broken: fix the input'
ok 'and the way back' has 'rai-tag --model house-price --rollback --reason'
: >empty.jsonl
judge empty.jsonl
status 4 'no evidence'
ok 'its page is whole' whole page.html
ok 'and no "no drift"' has 'Not enough evidence: wait'
run rai-drift --model m.safetensors --html no/such/folder/page.html clean.jsonl
ok 'folders are made' test -s no/such/folder/page.html
: >file
run rai-drift --model m.safetensors --html file/page.html moved.jsonl
status 2 'a page that cannot be written'
stdout '' 'leaves no event'
stderr_has 'file' 'and is named'

# without a model; hostile names and categories
python3 - <<'PY'
import csv, random
r = random.Random(4)
def rows(path, shift):
    with open(path, "w", newline="") as f:
        w = csv.writer(f)
        w.writerow(['<script>alert(1)</script>', 'kind', 'many'])
        for i in range(1000):
            w.writerow([round(r.gauss(shift, 1), 4), r.choice(['"><img src=//evil onerror=alert(2)>', 'a', 'b']), 'c%d' % r.randrange(40)])
rows("was.csv", 0)
rows("now.csv", 1)
PY
run rai-drift --against was.csv --html page.html now.csv
status 1 'rows against rows'
ok 'a whole page' whole page.html
ok 'alone' alone page.html
ok 'foreign text is no markup' sh -c "! grep -Eq '<script|<img' page.html"
ok 'the most frequent, and the others' has '<i>28 others</i>'

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
if [ -z "$browser" ] || [ "${RAI_BUILD##*/}" = san ]; then
	exit 0
fi
# At 390 pixels nothing is wider than the screen; what is scrolls by itself.
cat >phone.html <<'END'
<iframe id=f style="width:390px;height:2000px;border:0" src="first.html"></iframe>
<script>onload = function () {
	var d = document.getElementById('f').contentDocument.documentElement
	document.title = 'wide ' + d.scrollWidth + ' of ' + d.clientWidth + ', plots ' + d.querySelectorAll('svg').length
}</script>
END
timeout 60 "$browser" --headless=new --no-sandbox --disable-gpu --allow-file-access-from-files \
	--user-data-dir="$T/browser" --virtual-time-budget=5000 --dump-dom "file://$T/phone.html" >dom 2>browser.err
wide=$(sed -n 's/.*<title>wide \([0-9]*\) of \([0-9]*\),.*/\1 \2/p' dom)
is "$(echo "$wide" | awk '{ print ($1 > 0 && $1 <= $2) }')" 1 "a phone shows it without scrolling sideways ($wide)"
is "$(sed -n 's/.*plots \([0-9]*\)<.*/\1/p' dom | sed 's/^[1-9][0-9]*$/some/')" some 'with its plots'
