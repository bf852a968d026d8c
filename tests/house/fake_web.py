"""A web process for tests of the supervisor: says that it is healthy, and has a child that no SIGTERM impresses."""

import http.server
import os
import subprocess
import sys

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('stubborn', flush=True); time.sleep(600)"
)


class Healthy(http.server.BaseHTTPRequestHandler):
    """Answers everything with 200."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()


if __name__ == "__main__":
    print("redis at", os.environ["REDIS_URL"], flush=True)
    subprocess.Popen([sys.executable, "-c", STUBBORN])
    http.server.HTTPServer(("127.0.0.1", int(os.environ["ROUNDBOOK_BIND"].rpartition(":")[2])), Healthy).serve_forever()
