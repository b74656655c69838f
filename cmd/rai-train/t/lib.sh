# Helpers for the tests of rai-train; sourced after ci/tap.sh.

# released_repository MODEL TIME: makes the current folder, with its rai.yaml and houses.csv, a
# repository in which the first model is released
released_repository() {
	git init -q -b main . && git config user.email t@example.org && git config user.name t
	printf 'houses.csv\nmodels/*/model.safetensors\n.rai\n' >.gitignore
	mkdir -p manifests
	cat >manifests/deployment.yaml <<-END
		apiVersion: apps/v1
		kind: Deployment
		metadata: { name: $1 }
		spec:
		  template:
		    spec:
		      containers: [{ name: c, image: 'oci:.rai/images/$1:none' }]
	END
	git add -A && git commit -q -m start
	rai-train --champion '' --now "$2" >trained.json && rai-tag --now "$2" <trained.json >released.json
	rm -f trained.json released.json
}
