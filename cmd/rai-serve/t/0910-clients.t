#!/bin/sh
# Clients that others wrote: tritonclient, kserve, MLflow and requests get the same predictions.
# MLflow's scoring server takes and refuses the same bodies.
# RAI_TEST_CLIENTS: a Python that has tritonclient[http], kserve, mlflow-skinny, fastapi, httpx, pandas,
# requests and openapi-spec-validator; what it lacks is skipped.
. ci/tap.sh
[ -n "${RAI_TEST_CLIENTS:-}" ] || skip_all 'RAI_TEST_CLIENTS names no Python with the clients'
. cmd/rai-serve/t/serve.sh
train 1
echo '{"model":"house-price","version":"v7"}' >"$T/model/release.json"
serve one
"$RAI_TEST_CLIENTS" cmd/rai-serve/t/clients.py "$url" >"$T/out" 2>"$T/err" || { note <"$T/err"; fail 'the clients ran'; }
while read -r word name; do
	case $word in
	ok) pass "$name" ;;
	skip) pass "$name # SKIP" ;;
	*) fail "$word $name" ;;
	esac
done <"$T/out"
