# Sourced by the tests of rai-sync after ci/tap.sh: a GitOps repository whose manifests run a real
# model with rai-serve.  All processes of the state folder end with the test.
export GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.org
export GIT_COMMITTER_NAME=Robot GIT_COMMITTER_EMAIL=robot@example.org
watcher=
cleanup() {
	[ -z "$watcher" ] || kill -9 "$watcher" 2>/dev/null
	for s in "$T"/state*; do
		[ ! -d "$s" ] || rai-sync --stop --state "$s" --timeout 10s >/dev/null 2>&1
	done
}

# gitops NAME: $T/NAME with a released model and the manifests of workflows/kubernetes
gitops() {
	repo=$T/$1
	git init -q -b main "$repo" && mkdir "$repo/manifests" || exit 1
	cp workflows/kubernetes/*.yaml "$repo/manifests/"
	cd "$repo" || exit 1
	market --rows 300 --seed 7 >data.csv
	cat >rai.yaml <<-'END'
		version: 1
		models:
		  house-price:
		    data:     { source: data.csv }
		    target:   { column: Price }
		    features: { use: [Rooms, Type, Distance] }
		    train:    { candidates: [ { tree: { max_depth: 4 } } ] }
		    gate:     { metric: r2, at_least: -9 }
		    deploy:   { image: "oci:.rai/images/house-price", manifests: manifests }
	END
	printf '.rai/\ndata.csv\n*.safetensors\n' >.gitignore
	sed -i 's|image: .*|image: oci:.rai/images/house-price:none|' manifests/deployment.yaml
	git add . && git commit -q -m 'First' || exit 1
	rai-train -c rai.yaml 2>"$T/train.log" | rai-tag >"$T/released.json" 2>"$T/tag.log" ||
		{ note <"$T/train.log"; note <"$T/tag.log"; exit 1; }
	cd "$top" || exit 1
}

# edit FILE SED-SCRIPT: a commit in the repository
edit() {
	sed -i "$2" "$repo/manifests/$1" && git -C "$repo" commit -q -a -m "edit $1" || exit 1
}

# sync OPTIONS...: rai-sync on that repository, one state folder and port
sync() {
	run rai-sync --repo "$repo" --state "$T/state" --port-map 80="$port" "$@"
}

# watch OPTIONS...: the same in the background, events in $T/events
watch() {
	: >"$T/events"
	rai-sync --repo "$repo" --state "$T/state" --port-map 80="$port" --watch "$@" \
		>>"$T/events" 2>"$T/watch.err" &
	watcher=$!
}
# seen VERB [NTH]: that many deployment.VERB events have come
seen() { [ "$(grep -c "deployment.$1.v1" "$T/events")" -ge "${2:-1}" ]; }
last() { grep "deployment.$1.v1" "$T/events" | tail -1; }

pids() { for f in "$T"/state/replicas/*.json; do [ ! -f "$f" ] || jq .pid "$f"; done | sort -n; }
alive() { for p in $(pids); do [ "$p" = 0 ] || ! kill -0 "$p" 2>/dev/null || echo "$p"; done | wc -l; }
ask() { curl -sf -m 5 "http://127.0.0.1:$port$1" -o "$T/answer"; }
ms() { echo $(($(date +%s%N) / 1000000)); }
