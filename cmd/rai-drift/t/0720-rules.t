#!/bin/sh
# The rules for Prometheus: accepted by promtool, and each alert fires where it must and only there.
. ci/tap.sh
command -v promtool >/dev/null || skip_all 'promtool is not installed (scripts/bootstrap test)'
cd "$T" || exit 1
cat >rai.yaml <<'YAML'
version: 1
models:
  house-price:
    target: { column: Price }
    drift: { window: 400, accuracy_below: 0.8 }
  other:
    target: { column: Price }
    drift: { window: 6h, retrain_on: drift, psi_above: 0.3 }
YAML
run rai-drift --config rai.yaml --rules rules.yml --prometheus-rule manifest.yml
status 0 'rules from rai.yaml'
stdout '' 'are no events'
ok 'promtool accepts them' promtool check rules rules.yml
# what the operator takes out of the manifest is a file of rules
is "$(head -n 2 manifest.yml | paste -sd' ')" 'apiVersion: monitoring.coreos.com/v1 kind: PrometheusRule' 'the manifest'
sed '1,/^spec:/d; s/^  //' manifest.yml >inner.yml
ok 'holds the same rules' cmp inner.yml rules.yml
run rai-drift --config rai.yaml --name house-price --rules one.yml
is "$(grep -c 'alert: RaiDrift$' rules.yml) $(grep -c 'alert: RaiDrift$' one.yml)" '2 1' 'of all models, or of one'
is "$(grep -c 'alert: RaiAccuracyLow' rules.yml)" 1 'accuracy only where it is asked for'
is "$(grep -A8 'alert: RaiDrift$' rules.yml | grep -o 'advice: .*' | paste -sd' ')" 'advice: get-labels advice: retrain' 'the advice follows retrain_on'
run rai-drift --rules rules2.yml
status 2 'without rai.yaml'
stderr_has '--config FILE is missing' 'it says so'
run rai-drift --config rai.yaml --rules rules2.yml --over 5s
status 2 'a look back that is too short'
run rai-drift --config rai.yaml --rules rules2.yml --errors-above 2
status 2 'no share'
ok 'nothing was written' test ! -e rules2.yml

# Five features of 1000 rows in training, 250 in each bin.  The limit is that of chi-squared with 3
# degrees at 0.01 / 5, 14.7955 (its tail in closed form, erfc(sqrt(x/2)) + sqrt(2 x / pi) exp(-x/2),
# solved); Wilson and Hilferty are within 2 % of it.
python3 - >test.yml <<'PY'
from math import log
bins = ['0', '1', '2', '3', 'missing', 'unseen']
def case(name, at, series, want, exprs=(), alerts=''):
    print(f'- name: {name}\n  interval: 1m\n  input_series:')
    for s, v in series: print(f"  - series: '{s}'\n    values: '{v}'")
    print('  promql_expr_test:')
    print(f"  - expr: 'count by (alertname) (ALERTS{{alertstate=\"firing\",model=\"house-price\"}})'\n    eval_time: {at}m")
    print('    exp_samples: [%s]' % ', '.join("{labels: '{alertname=\"%s\"}', value: 1}" % w for w in want))
    for e in exprs:
        print(f"  - expr: '{e}'\n    eval_time: {at}m\n    exp_samples: [{{labels: '{{}}', value: 1}}]")
    if alerts: print(alerts)
def counters(feature, rates, after=None):  # per minute; after: from minute 90 on
    out = []
    for b, r in zip(bins, rates):
        m = 'model="house-price",feature="%s",bin="%s"' % (feature, b)
        v = f'0+{r}x400' if after is None else f'0+{r}x90 {r * 90 + after[bins.index(b)]}+{after[bins.index(b)]}x310'
        for i in ('a', 'b'):  # two replicas, half each
            out.append(('rai_feature_observations_total{%s,instance="%s"}' % (m, i), v))
            out.append(('rai_reference_observations{%s,instance="%s"}' % (m, i), f"{[250, 250, 250, 250, 0, 0][bins.index(b)]}x400"))
    return out
info = [('rai_model_info{model="house-price",digest="sha256:d1",instance="a"}', '1x400')]
def psi(a, b):
    used = [i for i in range(6) if a[i] + b[i] > 0]
    n, m, k = sum(a), sum(b), len(used)
    return sum(((a[i] + .5) / (n + .5 * k) - (b[i] + .5) / (m + .5 * k)) * log((a[i] + .5) / (n + .5 * k) / ((b[i] + .5) / (m + .5 * k))) for i in used)
ref = [250, 250, 250, 250, 0, 0]
print('rule_files: [rules.yml]\nevaluation_interval: 1m\ntests:')
clean = [5, 5, 5, 5, 0, 0]
five = lambda x: sum((counters(f, clean) for f in ('b', 'c', 'd', 'e')), []) + x
n = [600] * 4 + [0, 0]
case('as in training', 200, five(counters('a', clean)) + info, [],
     [f'abs(rai:feature_psi{{feature="a"}} - {psi(n, ref):.12g}) < bool 1e-9'.replace('abs(', 'sum(abs(', 1).replace(') <', ')) <'),
      'sum(abs(rai:feature_psi_limit{feature="a"} / %.12g - 1)) < bool 0.02' % (14.7955 * (1 / 2400 + 1 / 1000))])
moved = [7, 5, 5, 3, 0, 0]
n = [840, 600, 600, 360, 0, 0]
case('moved', 200, five(counters('a', clean, moved)) + info, ['RaiDrift'],
     [f'sum(abs(rai:feature_psi{{feature="a"}} - {psi(n, ref):.12g})) < bool 1e-9'],
f'''  alert_rule_test:
  - alertname: RaiDrift
    eval_time: 200m
    exp_alerts:
    - exp_labels: {{ severity: warning, model: house-price, advice: get-labels }}
      exp_annotations:
        metric: psi
        value: "VALUE"
        digest: "sha256:d1"
        summary: "the inputs of house-price moved: PSI {psi(n, ref):.3f}; a"''')
case('moved, and not yet for long enough', 105, five(counters('a', clean, moved)) + info, [])
# the same shares in too few rows, and a small move in many: below the floor
few = lambda rates: [(s, v.replace('0+', '0+0.0' if 'total' in s else '0+')) for s, v in counters('a', rates)]
case('moved in few rows', 200, five(few(moved)) + info, [])
case('moved a little', 200, five(counters('a', [510, 500, 500, 490, 0, 0])) + info, [])
case('another model in between', 130, five(counters('a', clean, moved)) +
     [('rai_model_info{model="house-price",digest="sha256:d1",instance="a"}', '1x90 _x300'),
      ('rai_model_info{model="house-price",digest="sha256:d2",instance="a"}', '_x90 1x300')], [])
case('a feature is missing', 200, five(counters('a', clean, [1, 1, 1, 1, 16, 0])) + info, ['RaiDrift', 'RaiInputBroken'])
pairs = lambda acc, n: [('model_accuracy{model="house-price",instance="a"}', f'{acc}x400'), ('rai_accuracy_pairs{model="house-price",instance="a"}', f'{n}x400'),
    ('model_accuracy{model="house-price",instance="b"}', ' '.join(['NaN'] * 60)), ('rai_accuracy_pairs{model="house-price",instance="b"}', '0x400')]
case('less accurate', 30, pairs(0.7, 500) + info, ['RaiAccuracyLow'])
case('accurate', 30, pairs(0.85, 500) + info, [])
case('less accurate by few labels', 30, pairs(0.7, 40) + info, [])
case('nobody serves it', 30, [], ['RaiNotServed'])
beat = 'rai_drift_heartbeat_timestamp_seconds{model="house-price"}'
case('judged', 300, info + [(beat, '0+60x400')], [])
case('judged no more', 300, info + [(beat, '0+60x100 6000x300')], ['RaiDriftSilent'])
case('the file is gone', 300, info + [(beat, '0+60x100 _x300')], ['RaiDriftSilent'])
def requests(bad): return [('request_count_total{route="/predict",code="200",instance="a"}', '0+100x400'),
    ('request_count_total{route="/predict",code="500",instance="a"}', f'0+{bad}x400'), ('request_count_total{code="500",instance="z"}', '0+100x400')]
case('errors', 30, info + requests(3), ['RaiErrors'])
case('few errors', 30, info + requests(0), [])
def latency(fast): return [('prediction_latency_seconds_bucket{model="house-price",le="%s"}' % le, f'0+{n}x400') for le, n in (('0.05', fast), ('0.25', 100), ('+Inf', 100))]
case('slow', 30, info + latency(50), ['RaiSlow'])
case('fast', 30, info + latency(100), [])
PY
# the value is printed to the last digit
value=$(promtool test rules test.yml 2>&1 | grep -o 'value="[0-9.e-]*"' | grep -v VALUE | head -n 1 | cut -d'"' -f2)
sed -i "s/VALUE/$value/" test.yml
ok 'each alert fires where it must, and only there' promtool test rules test.yml

# From Alertmanager to rai-dispatch, with the labels and annotations of the rules.
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.org GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.org
git init -q --bare origin.git && git init -q work && git -C work remote add origin ../origin.git
cat >work/rai.yaml <<'YAML'
version: 1
models:
  house-price:
    target: { column: Price }
    dispatch: { to: { command: [true] } }
YAML
# says ALERT FINGERPRINT: what rai-dispatch does about it
says() {
	python3 - "$1" "$2" <<'PY' | (cd work && rai-dispatch --now 2026-11-28T12:00:30Z 2>"$T/err") | jq -r '(.type | split(".")[2:4] | join(".")) + " " + (.data.reason // "") + " " + (.data.message // "")' | head -n 1
import json, re, sys
name, print_ = sys.argv[1:]
rule = re.split(r'- (?:alert|record): ', open('one.yml').read())
rule = next(r for r in rule if r.startswith(name + '\n'))
labels = dict(re.findall(r'^        (\w+): "?([^"\n]*)"?$', rule.split('labels:')[1].split('annotations:')[0], re.M), alertname=name)
print(json.dumps({"version": "4", "groupKey": "{}", "receiver": "r", "status": "firing", "truncatedAlerts": 0,
    "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "http://am",
    "alerts": [{"status": "firing", "labels": labels, "annotations": {"metric": "accuracy", "value": "0.7", "summary": "low", "digest": "sha256:" + "d" * 64},
    "startsAt": "2026-11-28T12:00:00Z", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "http://p", "fingerprint": print_}]}))
PY
}
is "$(says RaiDrift 00000000000000a1 | cut -d' ' -f1,2)" 'retrain.suppressed advice' 'drift alone asks for labels'
is "$(says RaiInputBroken 00000000000000a2 | cut -d' ' -f1,2)" 'retrain.suppressed advice' 'a broken input starts no retrain'
is "$(says RaiErrors 00000000000000a3 | cut -d' ' -f1,2)" 'retrain.suppressed advice' 'nor do errors of the service'
is "$(says RaiNotServed 00000000000000a4 | cut -d' ' -f1,2)" 'retrain.suppressed advice' 'nor does silence'
is "$(says RaiAccuracyLow 00000000000000a5 | cut -d' ' -f1)" 'retrain.dispatched' 'low accuracy does'
