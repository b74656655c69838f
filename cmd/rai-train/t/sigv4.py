"""Checks a request's AWS Signature Version 4, written after Amazon's description of it (not after
libcurl): sigv4.py PORT FOLDER KEY SECRET TOKEN serves FOLDER/bucket/key to whoever signs right."""
import hashlib, hmac, http.server, os, re, sys, urllib.parse

port, folder, key, secret, token = int(sys.argv[1]), *sys.argv[2:6]


def mac(k, text):
    return hmac.new(k, text.encode(), hashlib.sha256).digest()


def refusal(path, headers):
    """The code of the error, or None."""
    m = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, ?"
        r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})", headers.get("Authorization", ""))
    if m is None:
        return "AccessDenied"
    who, day, region, names, signature = m.groups()
    if who != key:
        return "InvalidAccessKeyId"
    if region != "eu-central-1":
        return "AuthorizationHeaderMalformed"
    if token and (headers.get("x-amz-security-token") != token or "x-amz-security-token" not in names.split(";")):
        return "InvalidToken"
    if "host" not in names.split(";") or not headers["x-amz-date"].startswith(day):
        return "AccessDenied"
    raw, _, query = path.partition("?")
    canonical = "\n".join(
        ["GET", urllib.parse.quote(urllib.parse.unquote(raw), safe="/~"), query]
        + ["%s:%s" % (n, " ".join(headers[n].split())) for n in names.split(";")]
        + ["", names, headers["x-amz-content-sha256"]])
    scope = "%s/%s/s3/aws4_request" % (day, region)
    text = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], scope,
                      hashlib.sha256(canonical.encode()).hexdigest()])
    k = mac(mac(mac(mac(("AWS4" + secret).encode(), day), region), "s3"), "aws4_request")
    return None if mac(k, text).hex() == signature else "SignatureDoesNotMatch"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        code = refusal(self.path, self.headers)
        name = os.path.join(folder, urllib.parse.unquote(self.path.partition("?")[0]).lstrip("/"))
        if code is None and not os.path.isfile(name):
            code = "NoSuchKey"
        status = {None: 200, "NoSuchKey": 404, "InvalidToken": 400, "AuthorizationHeaderMalformed": 400}.get(code, 403)
        body = open(name, "rb").read() if code is None else b"<Error><Code>%s</Code></Error>" % code.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
