#!/usr/bin/python3
"""A canned GitHub on loopback: github.py FOLDER ANSWER...

Each POST takes the next ANSWER (the last one stays): a status, "hang" (no answer), "drop" (the
connection is closed), "403:NAME=VALUE" or "429:NAME=VALUE" (with a header).  GET .../actions/runs
answers FOLDER/runs.json.  Requests are kept as FOLDER/request.N, the port in FOLDER/port."""
import http.server, os, sys, time

folder, answers = sys.argv[1], sys.argv[2:]
count = 0


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def keep(self, body):
        global count
        count += 1
        text = self.requestline + "\n" + "".join(f"{k}: {v}\n" for k, v in self.headers.items())
        with open(f"{folder}/request.tmp", "wb") as f:
            f.write(text.encode() + b"\n" + body)
        os.rename(f"{folder}/request.tmp", f"{folder}/request.{count}")

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status != 204:
            self.wfile.write(body)

    def do_GET(self):
        self.keep(b"")
        with open(f"{folder}/runs.json", "rb") as f:
            self.answer(200, [("Content-Type", "application/json")], f.read())

    def do_POST(self):
        self.keep(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        what = answers.pop(0) if len(answers) > 1 else answers[0]
        if what == "hang":
            time.sleep(60)
        if what in ("hang", "drop"):
            self.close_connection = True
            return
        status, _, header = what.partition(":")
        headers = [tuple(header.split("=", 1))] if header else []
        self.answer(int(status), headers, b'{"message":"canned","status":"%s"}' % status.encode())


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
with open(f"{folder}/port.tmp", "w") as f:
    f.write(str(server.server_address[1]))
os.rename(f"{folder}/port.tmp", f"{folder}/port")
server.serve_forever()
