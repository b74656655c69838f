#!/bin/sh
# The page of --html, and what the event says about the model beyond its metrics.
. ci/tap.sh
plan 43

cd "$T" || exit 1
market --rows 1500 --seed 4 >plain.csv
# hostile names: of columns, of levels, of the model's classes
python3 - <<'END'
import csv
rows = list(csv.reader(open("plain.csv", encoding="utf-8-sig")))
at = {n: i for i, n in enumerate(rows[0])}
for r in rows[1:]:
    r[at["Regionname"]] = r[at["Regionname"]].replace("Inner", "<img src=x onerror=alert(1)>&\"'")
    r[at["Type"]] = {"h": "</td><script>h</script>", "u": "&amp;'u\"", "t": "t\u202e"}[r[at["Type"]]]
rows[0][at["Landsize"]] = "</style><script>alert(2)</script>"
csv.writer(open("houses.csv", "w", newline="", encoding="utf-8")).writerows(rows)
END
cat >rai.yaml <<'END'
version: 1
models:
  price:
    data: { source: houses.csv }
    target: { column: Price }
    features: { drop: [Address], dates: { Date: day-first } }
    train: { candidates: [ridge, { forest: { trees: 10 } }, tree] }
    gate: { at_least: 0.2, slices: { by: [Regionname], worst_gap: 0.9 } }
  kind:
    data: { source: houses.csv }
    target: { column: Type }
    task: classification
    features: { drop: [Address], dates: { Date: day-first } }
    train: { candidates: [logistic] }
    gate: { metric: auc, at_least: 0.999 }
END

# page FILE WORD...: a page that a parser reads without surprises and that says each word
cat >page.py <<'END'
import sys
from html.parser import HTMLParser

VOID = {"meta", "br", "path", "rect"}
ALLOWED = {"html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section",
    "h1", "h2", "p", "b", "bdi", "span", "small", "i", "ul", "li", "dl", "dt", "dd", "div", "br",
    "table", "caption", "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "svg", "path",
    "text", "rect", "pre", "code"}

class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.text, self.h1, self.plots = [], [], [], 0, 0
    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)
    def handle_startendtag(self, tag, attrs):
        self.h1 += tag == "h1"
        if tag not in ALLOWED:
            self.wrong.append(tag)
        for k, v in attrs:
            if k in ("src", "href", "xlink:href") or k.startswith("on") or "url(" in (v or ""):
                self.wrong.append(k)
        if tag == "svg":
            self.plots += 1
            if dict(attrs).get("role") != "img" or not dict(attrs).get("aria-label"):
                self.wrong.append("a plot without a name")
    def handle_endtag(self, tag):
        if tag not in VOID and (not self.open or self.open.pop() != tag):
            self.wrong.append("/" + tag)
    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text.append(data)

raw = open(sys.argv[1], encoding="utf-8").read()
p = Page()
p.feed(raw)
p.close()
text = " ".join("".join(p.text).split())
missing = [w for w in sys.argv[2:] if " ".join(w.split()) not in text]
bad = p.wrong + p.open + missing + ([] if p.h1 == 1 else ["h1"]) + \
    [w for w in ("nan", "inf", "(null)", "http:", "https:") if w in text.lower().split()]
print(bad)
sys.exit(bool(bad) or p.plots == 0)
END
page() { python3 page.py "$@"; }

run rai-train -m price --html r/page.html --learning-curve --now 2026-11-28T10:00:00Z
status 0 'trained, with a page in a new folder'
stderr '' 'nothing to say'
ok 'the page is well formed, and foreign text is text' page r/page.html \
	'</style><script>alert(2)</script>' '<img src=x onerror=alert(1)>&"'"'" 'Passed' 'r2 0.'
ok 'it has what was asked for' page r/page.html 'Learning curve' 'What the model looks at' \
	'Slices' 'Candidates' 'forest' 'trees=10' 'Residuals' '2026-11-28T10:00:00' 'houses.csv'
ok 'and how to get it again' page r/page.html \
	'rai-train --config rai.yaml --model price --verify models/price/model.safetensors'
ok 'the digest of the model is in it' page r/page.html \
	"sha256:$(sha256sum models/price/model.safetensors | cut -d' ' -f1)"
# the candidates' times are the only thing in it that a clock has touched
sed 's|<td>[0-9.]*m\{0,1\}s</td>||g' r/page.html >first
run rai-train -m price --html page2.html --learning-curve --threads 1 --champion '' \
	--now 2026-11-28T10:00:00Z
sed 's|<td>[0-9.]*m\{0,1\}s</td>||g' page2.html >second
ok 'the same bytes on one thread' cmp first second
has() { jq -e "$1" out >/dev/null; }
ok 'the event tells the importance of every column' \
	has '.data.importance | length == 19 and (map(.drop) | max) > 0.05'
ok 'and the learning curve' \
	has '.data.learning_curve | length == 6 and (.[0].rows < .[5].rows) and .[5].test > 0.2'
ok 'the last point is the model itself' has '.data.learning_curve[5].test == .data.metrics.r2.value'
ok 'and the residuals' \
	has '.data.residuals | .min < .p5 and .p5 < .median and .median < .p95 and .p95 < .max'
ok 'but nothing about classes' has '.data.confusion == null and .data.calibration == null'

run rai-train -m price --champion '' --report
status 0 'without those options'
ok 'they are null' has '.data.importance == null and .data.learning_curve == null'
ok 'candidates are sorted in the report' sh -c \
	'grep -n -e "^[* ] forest" -e "^[* ] tree" err | head -n 2 | cut -c 1-20 | sed -n 1p | grep -q forest'
run rai-train -m price --champion '' --importance
ok 'importance alone' has '(.data.importance | length) == 19 and .data.learning_curve == null'

run rai-train -m kind --html kind.html
status 1 'classes, and rejected'
ok 'a page all the same' page kind.html 'Rejected' 'Calibration' '</td><script>h</script>' \
	"&amp;'u\"" 'precision' 'recall' 'balanced_accuracy' 'auc'
ok 'without a file' test ! -e models/kind/model.safetensors
ok 'the matrix counts every row once' has \
	'(.data.confusion.rows | flatten | add) == .data.split.test_rows and (.data.confusion.classes | length) == 3'
ok 'accuracy is its diagonal' has '.data as $d | ($d.confusion.rows | [.[0][0], .[1][1], .[2][2]] | add) / $d.split.test_rows - $d.metrics.accuracy.value | fabs < 1e-12'
ok 'calibration in ten groups' has '.data.calibration | length == 10'

# every metric can be the one that decides, and the event has the task's own
for metric in accuracy log_loss auc f1 brier balanced_accuracy; do
	sed "s/metric: auc, at_least: 0.999/metric: $metric/" rai.yaml >all.yaml
	run rai-train -c all.yaml -m kind --champion '' -o m
	ok "gate.metric: $metric" has ".data.metrics | has(\"$metric\") and (has(\"r2\") | not)"
done
sed 's/metric: auc, at_least: 0.999/metric: rmse/' rai.yaml >all.yaml
run rai-train -c all.yaml -m kind
status 2 'a metric of numbers for classes'
stderr_has '"rmse" is not one of those of classification: accuracy, log_loss, auc, f1, brier, balanced_accuracy' 'says what would be right'

rm -rf models
run rai-train -m price --html /dev/full
status 2 'a page that cannot be written'
stdout '' 'is no answer'
ok 'and no model' test ! -e models/price/model.safetensors
run rai-train -m price --html /proc/none/page.html
status 2 'a folder that cannot be made'
ok 'no model then either' test ! -e models/price/model.safetensors
printf 'a,y\n' >tiny.csv
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "$i,1e$((i % 2 * 300))"; done >>tiny.csv
printf 'version: 1\nmodels: { t: { target: { column: y, transform: none }, train: { candidates: [tree] } } }\n' >tiny.yaml
run rai-train -c tiny.yaml tiny.csv --html tiny.html --learning-curve -o t
ok 'the largest numbers end too' page tiny.html
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "$i,$((i % 2 * 5))e-324"; done >>smallest
{ echo a,y; cat smallest; } >tiny.csv
run timeout 20 rai-train -c tiny.yaml tiny.csv --html tiny.html --champion '' -o t
status 0 'and so do the smallest'
ok 'on a page' page tiny.html

# the commands of the page can be run as they stand: several files, odd names, a separator
head -n 700 plain.csv | tr , ';' >"it's one.csv"
{ head -n 1 plain.csv; tail -n +700 plain.csv; } | tr , ';' >two.csv
printf 'version: 1\nmodels: { m: { target: { column: Price }, features: { drop: [Address] }, train: { candidates: [tree] } } }\n' >two.yaml
run rai-train -c two.yaml --separator ';' --champion '' -o again --html again.html --seed 5 "it's one.csv" two.csv
status 0 'two files, apart by a separator'
cp again first
python3 -c 'import re, html
for code in re.findall("<code>(.*?)</code>", open("again.html", encoding="utf-8").read(), re.S): print(html.unescape(code))' >commands
is "$(wc -l <commands)" 2 'two commands'
run sh -c "$(sed -n 1p commands) --champion '' -o again"
status 0 'the first one trains'
ok 'the same bytes' cmp -s first again
run sh -c "$(sed -n 2p commands)"
status 0 'the second one verifies them'
