"""A server for the tests of downloads: origin.py PORT FILE [CERTIFICATE KEY].

The path says how it behaves; /rows.csv gives FILE.  Every request is a line on stdout:
the path, and the Authorization header or "-".
"""
import base64, http.server, ssl, sys, time

port, path = int(sys.argv[1]), sys.argv[2]
rows = open(path, "rb").read()
asked = {}


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def whole(self, status, body, **headers):
        self.answer(status, {"Content-Length": str(len(body)), **headers}, body)

    def do_GET(self):
        path = self.path.split("?")[0]
        asked[path] = asked.get(path, 0) + 1
        print(self.path, self.headers.get("Authorization", "-"), flush=True)
        scheme = "https" if len(sys.argv) > 3 else "http"
        if path == "/rows.csv":
            self.whole(200, rows)
        elif path == "/moved":
            self.whole(302, b"", Location="/rows.csv")
        elif path == "/loop":
            self.whole(302, b"", Location="/loop")
        elif path == "/elsewhere":
            self.whole(302, b"", Location="http://192.0.2.1/rows.csv")
        elif path == "/downgrade":
            self.whole(302, b"", Location="http://127.0.0.1:%d/rows.csv" % port)
        elif path == "/passwd":
            self.whole(302, b"", Location="file:///etc/passwd")
        elif path == "/nowhere":
            self.whole(302, b"")
        elif path == "/busy":  # once
            self.whole(503 if asked[path] == 1 else 200, b"" if asked[path] == 1 else rows)
        elif path == "/down":
            self.whole(503, b"")
        elif path == "/late":
            self.whole(429, b"", **{"Retry-After": "3600"})
        elif path == "/cut":
            self.answer(200, {"Content-Length": str(len(rows))}, rows[: len(rows) // 2])
        elif path == "/endless":
            self.answer(200, {}, rows)
        elif path == "/hang":
            self.answer(200, {"Content-Length": str(len(rows))}, rows[:100])
            time.sleep(60)
        elif path == "/private":
            want = "Basic " + base64.b64encode(b"ann:pw").decode()
            good = self.headers.get("Authorization") == want
            self.whole(200 if good else 401, rows if good else b"")
        elif path == "/forbidden":
            self.whole(403, b"no")
        else:
            self.whole(404, b"x" * 100000)

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
server.daemon_threads = True
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3], sys.argv[4])
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
