# Sourced by the tests of rai-tag after ci/tap.sh: a GitOps repository with a bare remote.
export GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.org
export GIT_COMMITTER_NAME=Robot GIT_COMMITTER_EMAIL=robot@example.org

# gitops NAME: $T/NAME.git (bare) and its clone $T/NAME with rai.yaml and a manifest
gitops() {
	git init -q -b main --bare "$T/$1.git"
	git clone -q "$T/$1.git" "$T/$1" 2>/dev/null
	(
		cd "$T/$1" || exit 1
		git checkout -q -b main 2>/dev/null
		cat >rai.yaml <<-'END'
			version: 1
			models:
			  house-price:
			    data: { source: data.csv }
			    target: { column: Price }
			    gate: { metric: r2 }
			    deploy: { image: "oci:.rai/images/house-price" }
		END
		echo .rai/ >.gitignore
		mkdir manifests
		cat >manifests/deployment.yaml <<-'END'
			# the model server
			apiVersion: apps/v1
			kind: Deployment
			metadata: { name: house-price }
			spec:
			  template:
			    spec:
			      containers:
			        - name: serve
			          image: oci:.rai/images/house-price:none   # rai-tag writes this
		END
		git add . && git commit -q -m 'First' && git push -q origin main 2>/dev/null
	)
}

# digest FILE
digest() { echo "sha256:$(sha256sum <"$1" | cut -d' ' -f1)"; }

# event NAME R2 [CAUSE]: a model file $T/NAME.safetensors and its model.trained event on stdout
event() {
	[ -f "$T/$1.safetensors" ] || { echo "model $1"; seq 1 20000; } >"$T/$1.safetensors"
	config=$(cd "$T" && find . -maxdepth 2 -name rai.yaml | head -1)
	printf '{"specversion":"1.0","id":"01TRAIN%s","source":"/rai/train",' "$1"
	printf '"type":"ai.reconciled.model.trained.v1","subject":"house-price",'
	printf '"time":"2026-11-23T06:00:00Z","correlationid":"incident-%s",' "$1"
	[ -z "${3-}" ] || printf '"causationid":"%s",' "$3"
	printf '"data":{"model":"house-price","artifact":"%s","artifact_digest":"%s",' \
		"$T/$1.safetensors" "$(digest "$T/$1.safetensors")"
	printf '"artifact_bytes":100,"data":{"source":"data.csv","digest":"sha256:%064d",' 7
	printf '"rows":13580,"newest":"2017-09-23"},"config":{"path":"rai.yaml","digest":"%s"},' \
		"$(digest "$T/$config")"
	printf '"code_version":"0.1.0","seed":42,"kind":"forest","parameters":{"trees":100},'
	printf '"metrics":{"r2":{"value":%s,"low":0.8,"high":0.9},"rmse":{"value":260000.5,' "$2"
	printf '"low":250000,"high":270000}},"gate":{"passed":true,"checks":[]},'
	printf '"profile_digest":"sha256:%064d"}}\n' 9
}
now() { echo --now "2026-11-2${1}T0${2:-6}:42:23Z"; }
