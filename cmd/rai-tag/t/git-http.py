"""Git over HTTP for the tests: git http-backend behind a token.  ROOT PORT-FILE TOKEN"""
import base64
import http.server
import os
import subprocess
import sys

ROOT, PORT_FILE, TOKEN = sys.argv[1:4]
LOGIN = 'Basic ' + base64.b64encode(b'x-access-token:' + TOKEN.encode()).decode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *args):
        pass

    def body(self):
        if self.headers.get('Transfer-Encoding') != 'chunked':
            return self.rfile.read(int(self.headers.get('Content-Length') or 0))
        parts = []
        while True:
            size = int(self.rfile.readline().strip(), 16)
            parts.append(self.rfile.read(size))
            self.rfile.readline()
            if size == 0:
                return b''.join(parts)

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        body = self.body()
        if self.headers.get('Authorization') != LOGIN:
            return self.answer(401, [('WWW-Authenticate', 'Basic realm="git"')], b'')
        path, _, query = self.path.partition('?')
        env = dict(os.environ, GIT_PROJECT_ROOT=ROOT, GIT_HTTP_EXPORT_ALL='1', PATH_INFO=path,
                   QUERY_STRING=query, REQUEST_METHOD=self.command, REMOTE_USER='x',
                   CONTENT_TYPE=self.headers.get('Content-Type', ''),
                   CONTENT_LENGTH=str(len(body)), REMOTE_ADDR='127.0.0.1')
        out = subprocess.run(['git', 'http-backend'], input=body, env=env, capture_output=True).stdout
        head, _, rest = out.partition(b'\r\n\r\n')
        headers = [line.split(': ', 1) for line in head.decode().split('\r\n') if line]
        status = next((int(v.split()[0]) for k, v in headers if k == 'Status'), 200)
        return self.answer(status, [h for h in headers if h[0] != 'Status'], rest)

    do_POST = do_GET


server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
with open(PORT_FILE + '.tmp', 'w') as f:
    f.write(str(server.server_port))
os.rename(PORT_FILE + '.tmp', PORT_FILE)
server.serve_forever()
