#!/bin/sh
# Objects of S3: signed as Amazon describes it, checked by a program of ours and, where there is one
# (versitygw on PATH, or RAI_TEST_S3 names it), by a real S3 server.
. ci/tap.sh

command -v python3 >/dev/null || skip_all 'needs python3'
gateway=${RAI_TEST_S3:-$(command -v versitygw || :)}
cd "$T" || exit 1
for v in $(env | sed -n 's/^\(AWS_[A-Z_0-9]*\)=.*/\1/p'); do unset "$v"; done
unset http_proxy https_proxy all_proxy 2>/dev/null || :
market --rows 60 --seed 1 >rows.csv
rai-train --describe rows.csv >want
mkdir -p store/my-bucket/dir
for key in plain.csv 'dir/with space.csv' 'plus+and%41&=?#~(x)!*.csv' 'ünï-日本.csv' "q'uo,te;:@\$[].csv"; do
	cp rows.csv "store/my-bucket/$key"
done
secret='s3cr/et+='
pids=
cleanup() { [ -z "$pids" ] || kill $pids 2>/dev/null; }
listens() { python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1)' "$1"; }
start() { # port, command...
	started=$1; shift
	"$@" >>server.log 2>&1 &
	pids="$pids $!"
	wait_for 20 listens "$started" || { fail "no server: $*"; exit 1; }
}
same() { status 0 "$1"; ok "$1: the same rows" cmp out want; }
refused() { # message, what
	status 2 "$2: status 2"
	stderr_has "$1" "$2: says why"
	stdout '' "$2: nothing on stdout"
	if grep -q -e "$secret" -e hush err; then fail "$2: tells a secret"; else pass "$2: tells no secret"; fi
}
check_server() { # name; AWS_ENDPOINT_URL is set
	export AWS_ACCESS_KEY_ID=mykey AWS_SECRET_ACCESS_KEY="$secret" AWS_REGION=eu-central-1
	for key in plain.csv 'dir/with space.csv' 'plus+and%41&=?#~(x)!*.csv' 'ünï-日本.csv' "q'uo,te;:@\$[].csv"; do
		run rai-train --describe "s3://my-bucket/$key"
		same "$1: $key"
	done
	run rai-train --describe s3://my-bucket/none.csv
	refused 's3://my-bucket/none.csv: the server answered 404 (NoSuchKey): there is no such thing' "$1: no such key"
	AWS_SECRET_ACCESS_KEY=hush run rai-train --describe s3://my-bucket/plain.csv
	refused 'the server answered 403 (SignatureDoesNotMatch): these credentials' "$1: a wrong secret"
	AWS_REGION=us-west-2 run rai-train --describe s3://my-bucket/plain.csv
	refused 'AuthorizationHeaderMalformed): the bucket is in another region; see AWS_REGION' "$1: a wrong region"
	unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION
}

port=$(free_port)
start "$port" python3 "$top/cmd/rai-train/t/sigv4.py" "$port" store mykey "$secret" ''
AWS_ENDPOINT_URL=http://127.0.0.1:1 AWS_ENDPOINT_URL_S3=http://127.0.0.1:$port
export AWS_ENDPOINT_URL AWS_ENDPOINT_URL_S3
check_server 'our check'
if [ -n "$gateway" ]; then
	gw=$(free_port)
	start "$gw" "$gateway" --quiet --access mykey --secret "$secret" --region eu-central-1 --port "127.0.0.1:$gw" posix store
	AWS_ENDPOINT_URL_S3=http://127.0.0.1:$gw check_server 'a real server'
else
	pass 'a real S3 server # SKIP no versitygw on PATH, and RAI_TEST_S3 names none'
fi

# Credentials from the files, a profile, temporary ones.
unset AWS_ENDPOINT_URL
mkdir .aws
printf '[default]\naws_access_key_id = mykey\naws_secret_access_key = %s\n' "$secret" >.aws/credentials
printf '[default]\nregion = eu-central-1\nendpoint_url = http://127.0.0.1:1\n[profile work]\nregion=eu-central-1\nendpoint_url = %s\naws_access_key_id = mykey\naws_secret_access_key = %s\n' \
	"$AWS_ENDPOINT_URL_S3" "$secret" >.aws/config
run rai-train --describe s3://my-bucket/plain.csv
same 'the default profile'
endpoint=$AWS_ENDPOINT_URL_S3
unset AWS_ENDPOINT_URL_S3
AWS_PROFILE=work run rai-train --describe s3://my-bucket/plain.csv
same 'a profile, all from the configuration'
AWS_PROFILE=work AWS_ACCESS_KEY_ID=mykey AWS_SECRET_ACCESS_KEY=hush run rai-train --describe s3://my-bucket/plain.csv
refused SignatureDoesNotMatch 'keys of the environment go before'
AWS_PROFILE=play run rai-train --describe s3://my-bucket/plain.csv
refused "no credentials: neither AWS_ACCESS_KEY_ID nor the profile \"play\" in $T/.aws/credentials" 'an unknown profile'
AWS_ACCESS_KEY_ID=mykey run rai-train --describe s3://my-bucket/plain.csv
refused 'an access key without its secret' 'half a credential'
port=$(free_port)
start "$port" python3 "$top/cmd/rai-train/t/sigv4.py" "$port" store mykey "$secret" hush-token
AWS_ENDPOINT_URL=http://127.0.0.1:$port
AWS_DEFAULT_REGION=eu-central-1
export AWS_ENDPOINT_URL AWS_DEFAULT_REGION
export AWS_ACCESS_KEY_ID=mykey AWS_SECRET_ACCESS_KEY="$secret"
AWS_SESSION_TOKEN=hush-token run rai-train --describe s3://my-bucket/plain.csv
same 'a session token, signed'
run rai-train --describe s3://my-bucket/plain.csv
refused InvalidToken 'without it'
AWS_SESSION_TOKEN='hush
X: y' run rai-train --describe s3://my-bucket/plain.csv
refused 'request header "x-amz-security-token": a line break' 'a token of two lines'
printf 'aws_secret\n' >>.aws/credentials
env -u AWS_ACCESS_KEY_ID rai-train --describe s3://my-bucket/plain.csv >out 2>err
code=$?
refused "$T/.aws/credentials:4: neither [section] nor key = value" 'a broken file'
rm .aws/credentials
AWS_ENDPOINT_URL=http://192.0.2.1 run rai-train --describe s3://my-bucket/plain.csv
refused 'over plain http anybody on the way' 'an endpoint without TLS'
AWS_ENDPOINT_URL=localhost:$port run rai-train --describe s3://my-bucket/plain.csv
refused 's3://my-bucket/plain.csv: ' 'an endpoint without a scheme'
run rai-train --describe s3://my-bucket
refused 's3://my-bucket: not of the form s3://bucket/key' 'no key'
AWS_REGION=a/b run rai-train --describe s3://my-bucket/plain.csv
refused 'the region must be' 'no region'
