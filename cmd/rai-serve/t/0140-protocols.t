#!/bin/sh
# The same rows by every protocol: the same predictions, each in its own shape; errors, too.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
train 1
echo '{"model":"house-price","version":"v7"}' >"$T/model/release.json"
serve one --log "$T/log" serve # as SageMaker starts a container
json='Content-Type: application/json'
other='{"Rooms":2,"Type":"u","Date":"2016-05-07","Distance":null,"Suburb":"Nowhere","Landsize":0}'
ask "$url/predict" -d "[$row,$other]"
want=$(jq -c '[.[].prediction]' "$T/out")

# CSV
printf 'Type,Rooms,Date,Distance,Suburb,Landsize\r\nh,3,2017-03-04,5.5,Nowhere,450\r\nu,2,7/05/2016,,"Nowhere",0' >"$T/csv"
ask "$url/predict" -H 'Content-Type: text/csv' --data-binary "@$T/csv"
is "$(jq -c '[.[].prediction]' "$T/out")" "$want" 'CSV in, JSON out'
is "$(header X-Prediction-Id)" "$(jq -r '.[0].id' "$T/out")" 'with the first id'
ask "$url/predict" -H 'Content-Type: text/csv' -H 'Accept: text/csv' --data-binary "@$T/csv"
is "$(header Content-Type)" 'text/csv; charset=utf-8' 'CSV out'
is "$(head -1 "$T/out")" id,prediction 'its header'
is "$(sed 1d "$T/out" | cut -d, -f2 | jq -sc .)" "$want" 'its predictions'
ask "$url/predict" -H "$json" -H 'Accept: text/csv' -d "$row"
is "$(wc -l <"$T/out")" 2 'JSON in, CSV out'
ask "$url/predict" -H "$json" -H 'Accept: image/png' -d "$row"
is "$status_code $(header Content-Type)" '200 application/json' 'a type that is not there gets JSON'
printf 'Rooms,Romos\n1,2\n' >"$T/csv.bad"
ask "$url/predict" -H 'Content-Type: text/csv' --data-binary "@$T/csv.bad"
is "$status_code $(jq -r .error "$T/out")" '400 unknown field "Romos" (did you mean "Rooms"?)' 'an unknown column'
printf 'Rooms\n1\n\nmany\n' >"$T/csv.bad"
ask "$url/predict" -H 'Content-Type: text/csv' --data-binary "@$T/csv.bad"
is "$status_code $(jq -r .error "$T/out")" '400 line 4: Rooms: "many" is not a number' 'a wrong value, with its line'

# gzip
printf '[%s,%s]' "$row" "$other" | gzip >"$T/gz"
ask "$url/predict" -H "$json" -H 'Content-Encoding: gzip' --data-binary "@$T/gz"
is "$(jq -c '[.[].prediction]' "$T/out")" "$want" 'a body as gzip'
head -c 40 "$T/gz" >"$T/cut"
ask "$url/predict" -H "$json" -H 'Content-Encoding: gzip' --data-binary "@$T/cut"
is "$status_code" 400 'cut off'
head -c 30000000 /dev/zero | gzip -9 >"$T/bomb"
ask "$url/predict" -H "$json" -H 'Content-Encoding: gzip' --data-binary "@$T/bomb"
is "$status_code" 413 'a bomb'
ask "$url/predict" -H "$json" -H 'Content-Encoding: br' -d '{}'
is "$status_code $(header Accept-Encoding)" '415 gzip' 'another coding'
jq -nc --argjson r "$row" '[range(100) | $r]' >"$T/hundred"
ask "$url/predict" -H "$json" -H 'Accept-Encoding: gzip' -d "@$T/hundred"
is "$(header Content-Encoding)" gzip 'a long reply as gzip where that is asked for'
is "$(gzip -dc "$T/out" | jq length)" 100 'and whole'
ask "$url/predict" -H "$json" -d "@$T/hundred"
is "$(header Content-Encoding)$(header Vary)" 'Accept, Accept-Encoding' 'else not'
ask "$url/predict" -H "$json" -H 'Accept-Encoding: gzip' -d "$row"
is "$(header Content-Encoding)" '' 'a short one never'
ask "$url/metrics" -H 'Accept-Encoding: gzip'
ok 'a scrape as gzip' sh -c "gzip -dc '$T/out' | grep -q '^request_count_total{'"

# Open Inference Protocol
ask "$url/v2"
is "$(jq -c '[.name, .extensions]' "$T/out")" '["rai-serve",["binary_tensor_data"]]' 'v2: the server'
for path in v2/health/live v2/health/ready v2/models/house-price/ready v2/models/house-price/versions/v7/ready; do
	ask "$url/$path"
	is "$status_code $(jq -c 'del(.name)' "$T/out" | grep -c true)" '200 1' "$path"
done
ask "$url/v2/models/house-price"
is "$(jq -c '[.name, .versions, .platform]' "$T/out")" '["house-price",["v7"],"rai_safetensors"]' 'the model'
is "$(jq -c '[.inputs[] | [.name, .datatype, .shape]] | sort | .[-1]' "$T/out")" '["Type","BYTES",[-1,1]]' 'its inputs'
is "$(jq -c '[.outputs[].name]' "$T/out")" '["Price","prediction_id"]' 'its outputs'
jq -nc --argjson a "$row" --argjson b "$other" '{id: "r-1", parameters: {tenant: "blue"}, inputs: [
	$a | to_entries[] | .key as $k | {name: $k, shape: [2, 1],
	datatype: (if .value | type == "number" then "FP64" else "BYTES" end), data: [.value, $b[$k]]}]}' >"$T/v2"
ask "$url/v2/models/house-price/infer" -H "$json" -d "@$T/v2"
is "$(jq -c '.outputs[0].data' "$T/out")" "$want" 'a tensor for each feature'
is "$(jq -c '[.model_name, .model_version, .id, .outputs[0].name, .outputs[0].shape, .outputs[0].datatype]' "$T/out")" \
	'["house-price","v7","r-1","Price",[2,1],"FP64"]' 'the response'
is "$(jq -r '.outputs[1].data[0]' "$T/out")" "$(header X-Prediction-Id)" 'with ids'
jq -c '.outputs = [{name: "Price"}] | .inputs |= map(.data |= map([.]))' "$T/v2" >"$T/v2.nested"
ask "$url/v2/models/house-price/versions/v7/infer" -H "$json" -d "@$T/v2.nested"
is "$(jq -c '[.outputs[] | [.name, .data]]' "$T/out")" "[[\"Price\",$want]]" 'nested, by version, one output'
ask "$url/v2/models/house-price/versions/v8/infer" -d "@$T/v2"
is "$status_code $(jq -r .error "$T/out")" '404 no version "v8" of house-price is served (there is v7)' 'another version'
ask "$url/v2/models/nothing/infer" -d "@$T/v2"
is "$status_code $(jq -r .error "$T/out")" '404 no model "nothing" is served (there are house-price)' 'another model'
# wrong FILTER MESSAGE NAME
wrong() {
	jq -c "$1" "$T/v2" >"$T/v2.bad"
	ask "$url/v2/models/house-price/infer" -d "@$T/v2.bad"
	is "$status_code $(jq -r .error "$T/out")" "400 $2" "$3"
}
wrong '.inputs[0].data = [1]' "input 'Rooms': expected 2 values for shape [2,1], got 1" 'too few values'
wrong '.inputs[1].shape = [3]' "input 'Type': 3 rows, where the first input has 2" 'another number of rows'
wrong '.inputs[0].datatype = "FLOAT"' "input 'Rooms': no datatype \"FLOAT\" (there are BOOL, UINT8 to UINT64, INT8 to INT64, FP16, FP32, FP64 and BYTES)" 'no datatype'
wrong '.inputs[0].datatype = "UINT8" | .inputs[0].data = [1, 256]' "input 'Rooms': value 2 is no UINT8" 'out of range'
wrong '.inputs[0].data = [1, "2"]' "input 'Rooms': value 2 is no FP64" 'another type'
wrong '.inputs = [{name: "rows", shape: [1, 6], datatype: "BYTES", data: [null, null, null, null, null, 7]}]' \
	"input 'rows': value 6 (field \"$(curl -s "$url/v2/models/house-price" | jq -r '.inputs[5].name')\") is no BYTES" 'among those of all features'
wrong 'del(.inputs[1])' 'not given: "Type" (a value that is not known is null)' 'an input missing'
wrong '.inputs[0].name = "Romos"' "input 'Romos': unknown field \"Romos\" (did you mean \"Rooms\"?)" 'an unknown one'
wrong '.outputs = [{name: "Prise"}]' "no output 'Prise' (there are Price and prediction_id)" 'an unknown output'
wrong '.parameters = {a: []}' 'parameter "a" must be a string, a number, true or false' 'a wrong parameter'
wrong '.id = 7' '"id" must be a string' 'a wrong id'

# its binary tensors: numbers and texts behind the JSON
python3 - "$T" <<'END'
import json, struct, sys
doc, raw = json.load(open(sys.argv[1] + "/v2")), b""
for i in doc["inputs"]:
    if i["datatype"] == "FP64":
        data = b"".join(struct.pack("<d", float("nan") if v is None else v) for v in i.pop("data"))
    else:
        data = b"".join(struct.pack("<I", len(v)) + v.encode() for v in i.pop("data"))
    i["parameters"] = {"binary_data_size": len(data)}
    raw += data
doc["parameters"] = {"binary_data_output": True}
head = json.dumps(doc).encode()
open(sys.argv[1] + "/v2.raw", "wb").write(head + raw)
open(sys.argv[1] + "/v2.length", "w").write(str(len(head)))
END
length="Inference-Header-Content-Length: $(cat "$T/v2.length")"
ask "$url/v2/models/house-price/infer" -H "$length" --data-binary "@$T/v2.raw"
is "$status_code $(header Content-Type)" '200 application/octet-stream' 'tensors as bytes, in and out'
cat >"$T/unpack.py" <<'END'
import json, struct, sys
body, n = open(sys.argv[1], "rb").read(), int(sys.argv[2])
price, ids = json.loads(body[:n])["outputs"]
assert ids["parameters"]["binary_data_size"] == 2 * 30 and len(body) == n + 16 + 60
print(json.dumps(list(struct.unpack("<2d", body[n:n + 16]))), body[n + 20:n + 46].decode())
END
said=$(python3 "$T/unpack.py" "$T/out" "$(header Inference-Header-Content-Length)")
is "$(echo "${said% *}" | jq -c .) ${said##* }" "$want $(header X-Prediction-Id)" 'the same predictions'
gzip -c "$T/v2.raw" >"$T/v2.gz"
ask "$url/v2/models/house-price/infer" -H "$length" -H 'Content-Encoding: gzip' --data-binary "@$T/v2.gz"
is "$status_code" 200 'as gzip'
head -c 600 "$T/v2.raw" >"$T/v2.cut"
for n in 600 601 -1 x 1e2 9999999999999999999999; do
	ask "$url/v2/models/house-price/infer" -H "Inference-Header-Content-Length: $n" --data-binary "@$T/v2.cut"
	is "$status_code $(jq -r '.error | length > 20' "$T/out")" '400 true' "the length $n of a body cut off"
done
ask "$url/v2/models/house-price/infer" --data-binary "@$T/v2.raw"
is "$status_code" 400 'no length'

# KServe v1
ask "$url/v1/models"
is "$(cat "$T/out")" '{"models":["house-price"]}' 'v1: the models'
ask "$url/v1/models/house-price"
is "$(cat "$T/out")" '{"name":"house-price","ready":true}' 'one'
ask "$url/v1/models/house-price:predict" -d "{\"instances\":[$row,$other]}"
is "$(jq -c .predictions "$T/out")" "$want" 'instances by name'
is "$(jq -r '.ids | length' "$T/out")" 2 'with ids'
order=$(curl -s "$url/v2/models/house-price" | jq -c '[.inputs[].name]')
jq -nc --argjson a "$row" --argjson b "$other" --argjson o "$order" '{instances: [$a, $b | [.[$o[]]]]}' >"$T/positions"
ask "$url/v1/models/house-price:predict" -d "@$T/positions"
is "$(jq -c .predictions "$T/out")" "$want" 'instances by position'
ask "$url/v1/models/house-price:predict" -d '{"instances":[[1,2]]}'
is "$status_code $(jq -r .error "$T/out")" '400 row 1: 2 values, not 6' 'too few'
ask "$url/v1/models/house-price:predict" -d '{"instances":7}'
is "$status_code $(jq -r .error "$T/out")" '400 "instances" must be an array' 'no list'
ask "$url/v1/models/nothing:predict" -d "@$T/positions"
is "$status_code" 404 'an unknown model'

# MLflow and SageMaker
for path in ping health; do
	ask "$url/$path"
	is "$status_code $(od -An -c "$T/out" | tr -d ' ')" '200 \n' "/$path"
done
ask "$url/version" -H 'Accept: text/plain'
is "$(cat "$T/out")" v7 '/version as text'
# form NAME FILTER: of $a, $b (rows by name) and $o (names)
form() {
	jq -nc --argjson a "$row" --argjson b "$other" --argjson o "$order" "$2" >"$T/form"
	ask "$url/invocations" -H 'Content-Type: application/json; charset=utf-8' -d "@$T/form"
	is "$status_code $(jq -c .predictions "$T/out")" "200 $want" "$1"
}
form dataframe_split '{dataframe_split: {index: [0, 1], columns: ($o + ["Price"]), data: [$a, $b | [.[$o[]], 1]]}}'
form dataframe_records '{dataframe_records: [$a + {Price: 1}, ($b | del(.Distance))], params: {x: 1}}'
form 'instances by name' '{instances: [$a, $b]}'
form 'instances as a tensor' '{instances: [$a, $b | [.[$o[]]]]}'
form 'inputs as a tensor' '{inputs: [$a, $b | [.[$o[]]]]}'
form 'inputs by column' '{inputs: (reduce $o[] as $k ({Address: ["a", "b"]}; .[$k] = [$a[$k], $b[$k]]))}'
jq -nc --argjson a "$row" '{inputs: $a}' >"$T/scalars"
ask "$url/invocations" -H "$json" -d "@$T/scalars"
is "$(jq -c .predictions "$T/out")" "$(echo "$want" | jq -c '.[:1]')" 'inputs by column, one value each: one row'
sed 's/null/NaN/; s/Nowhere/NaN \\" NaN/g' "$T/form" >"$T/nan"
ask "$url/invocations" -H "$json" -d "@$T/nan"
is "$(jq -c .predictions "$T/out")" "$want" 'NaN, as Python writes it, is missing; in text it is text'
ask "$url/invocations" -H 'Content-Type: text/csv' --data-binary "@$T/csv"
is "$(jq -c .predictions "$T/out")" "$want" 'CSV'
ask "$url/models/house-price/invocations" -H 'Content-Type: text/csv' -H 'Accept: text/csv' --data-binary "@$T/csv"
is "$(sed 1d "$T/out" | cut -d, -f2 | jq -sc .)" "$want" 'CSV to CSV, by name'
# rows without a header, as SageMaker's clients send them
jq -rn --argjson a "$row" --argjson b "$other" --argjson o "$order" '$a, $b | [.[$o[]]] | @csv' >"$T/bare"
ask "$url/invocations" -H 'Content-Type: text/csv' --data-binary "@$T/bare"
is "$(jq -c .predictions "$T/out")" "$want" 'CSV without a header'
head -1 "$T/bare" | sed 's/^"Nowhere"/"Rooms, big"/' >"$T/one" && ask "$url/invocations" -H 'Content-Type: text/csv' --data-binary "@$T/one"
is "$status_code $(jq -c '.predictions | length' "$T/out")" '200 1' 'one row, with a comma in a text'
printf '%s,%s\n' "$(head -1 "$T/bare")" 7 >"$T/one" && ask "$url/invocations" -H 'Content-Type: text/csv' --data-binary "@$T/one"
is "$status_code $(jq -r .error_code "$T/out")" '400 INVALID_PARAMETER_VALUE' 'of another number of fields'
echo a,b,c,d,e,f | cat "$T/bare" - >"$T/one" && ask "$url/invocations" -H 'Content-Type: text/csv' --data-binary "@$T/one"
ok "a wrong value in line 3 ($(jq -r .message "$T/out"))" jq -e '.message | startswith("line 3: ")' "$T/out"
# refused STATUS BODY MESSAGE NAME [type]
refused() {
	ask "$url/invocations" -H "Content-Type: ${5-application/json}" -d "$2"
	is "$status_code $(jq -r '.error_code + " " + .message' "$T/out" 2>/dev/null || cat "$T/out")" "$1 $3" "$4"
}
one='the body must be an object with one of "dataframe_split", "dataframe_records", "instances" and "inputs"'
refused 400 '[]' "BAD_REQUEST $one" 'a list'
refused 400 '{}' "BAD_REQUEST $one" 'none of the forms'
refused 400 '{"inputs":[],"instances":[]}' "BAD_REQUEST $one, not 2 of them" 'two of them'
for key in messages prompt input; do
	refused 400 "{\"$key\":[]}" "BAD_REQUEST \"$key\" is for a language model, and this model takes rows of a table: send \"dataframe_split\", \"dataframe_records\", \"instances\" or \"inputs\"" "$key, said to a language model"
done
refused 400 '{"dataframe_records":[{"Rooms":1,"Type":"h","Date":null,"Distance":1,"Suburb":"a"}]}' \
	'INVALID_PARAMETER_VALUE dataframe_records: not given: "Landsize" (a value that is not known is null)' 'a column missing'
refused 400 '{"inputs":{"Rooms":[1,2],"Type":["h"]}}' \
	'INVALID_PARAMETER_VALUE inputs: "Type" must be an array of 2 values' 'columns of two lengths'
refused 400 '{"instances":3}' 'INVALID_PARAMETER_VALUE instances: must be an array of rows' 'no rows'
refused 400 '{"dataframe_records":[1]}' \
	'INVALID_PARAMETER_VALUE dataframe_records: row 1: must be an object of fields, or an array of 6 values' 'rows of another kind'
for body in '{' '{"inputs":{"Rooms":3,"Type":["h"]}}'; do
	curl -s "$url/invocations" -H "$json" -d '{"instances":3}' --next \
		-s "$url/invocations" -H "$json" -d "$body" >"$T/out"
	is "$(jq -r .error_code "$T/out" | paste -sd' ')" 'INVALID_PARAMETER_VALUE BAD_REQUEST' "$body, on a connection where something else was wrong"
done
refused 415 '{}' 'The scoring server only supports UTF-8' 'another charset' 'application/json; charset=latin1'
for type in 'application/json; format=pandas-split' application/x-www-form-urlencoded text/plain; do
	refused 415 '{}' 'Content-Type must be application/json or text/csv, with no parameter but charset' "$type" "$type"
done
# shaped METHOD PATH WANT NAME [curl-arguments...]: an error that no handler gives
shaped() {
	method=$1 path=$2 want_shape=$3 name=$4
	shift 4
	ask "$url$path" -X "$method" "$@"
	is "$status_code $(jq -c '[keys[], .error_code // empty]' "$T/out")" "$want_shape" "$name"
}
shaped DELETE /invocations '405 ["error_code","message","BAD_REQUEST"]' 'the wrong method, as MLflow says it'
is "$(header Allow)" POST 'with the right one'
shaped POST /models/nothing/invocations '404 ["error_code","message","RESOURCE_DOES_NOT_EXIST"]' 'a model that is not there'
shaped POST /invocations '415 ["error_code","message","BAD_REQUEST"]' 'another coding' -H 'Content-Encoding: br' -d '{}'
head -c 1100000 /dev/zero >"$T/large"
shaped POST /invocations '413 ["error_code","message","BAD_REQUEST"]' 'a body too large' --data-binary "@$T/large"
shaped DELETE /v1/models '405 ["error"]' 'the wrong method, as KServe says it'
for verb in predict explain; do
	shaped GET "/v1/models/house-price:$verb" '405 ["error"]' "GET of :$verb"
	is "$(header Allow)" POST 'with the right one'
done
ask "$url/v1/models/house-price:predict" -I
is "$status_code" 405 'HEAD, too'
shaped POST /v2/models/nothing/infer '404 ["error"]' 'a model that is not there, in v2'
shaped POST /v2/models/house-price/infer '413 ["error"]' 'a body too large' --data-binary "@$T/large"

# traces
trace=4bf92f3577b34da6a3ce929d0e0e4736
ask "$url/predict" -H "traceparent: 00-$trace-00f067aa0ba902b7-01" -d "$row"
id=$(header X-Prediction-Id)
ok 'the log has the line' wait_for 5 grep -q "$id" "$T/log"
span=$(grep "$id" "$T/log" | jq -r .span_id)
is "$(grep "$id" "$T/log" | jq -c '[.trace_id, .parent_span_id]')" "[\"$trace\",\"00f067aa0ba902b7\"]" 'with the trace'
is "$(header traceresponse)" "00-$trace-$span-01" 'and the span that the reply names'
ask "$url/predict" -H "traceparent: 00-$trace-00f067aa0ba902b7-01" -H "traceparent: 00-$trace-00f067aa0ba902b7-01" -d "$row"
is "$(header traceresponse)" '' 'two headers are none'
id=$(header X-Prediction-Id)
ok 'nothing in the log then' wait_for 5 grep -q "$id" "$T/log"
is "$(grep "$id" "$T/log" | jq -c .trace_id)" null 'either'
kill "$pid"; ended "$pid"
is "$code" 0 'the end'

RAI_T=secret serve token --token env:RAI_T
shaped POST /invocations '401 ["error_code","message","UNAUTHENTICATED"]' 'no token, as MLflow says it' -d '{}'
shaped POST /v1/models/house-price:predict '401 ["error"]' 'as KServe says it' -d '{}'
