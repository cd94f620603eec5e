"""A key-value store with a replica on every host.

Replicas need no list of each other: each broadcasts what it knows on the network they share, once a second and
after every write, and takes over what is newer. That works because the overlay is one layer-2 network.

    replica.py serve          a replica
    replica.py put KEY VALUE  writes to the replica in this container
    replica.py get KEY VALUE  waits until this container's replica has that value, 2 minutes at most
"""

import json
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = 7070
MOST_BYTES = 60_000  # what fits into one datagram

state = {}  # key: [version, value]
lock = threading.Lock()
air = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
air.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)


def shout():
    with lock:
        message = json.dumps(state).encode()
    if len(message) <= MOST_BYTES:
        try:
            air.sendto(message, ("255.255.255.255", PORT))
        except OSError:
            pass  # The next second's will do.


def shout_for_ever():
    while True:
        shout()
        time.sleep(1)


def listen():
    air.bind(("", PORT))
    while True:
        try:
            heard = json.loads(air.recv(65_536))
        except ValueError:
            continue
        with lock:
            for key, entry in heard.items():
                if entry > state.get(key, [0, ""]):
                    state[key] = entry


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        with lock:
            entry = state.get(self.path[1:])
        self.send_response(200 if entry else 404)
        self.end_headers()
        self.wfile.write((entry[1] if entry else "").encode())

    def do_PUT(self):
        value = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with lock:
            version, _ = state.get(self.path[1:], [0, ""])
            state[self.path[1:]] = [version + 1, value]
        shout()
        self.send_response(204)
        self.end_headers()


def ask(method, key, value=None):
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}/{key}", value and value.encode(), method=method)
    with urllib.request.urlopen(request, timeout=5) as answer:
        return answer.read().decode()


def until(attempt):
    """Tries again for 2 minutes: replicas start when they start."""
    give_up = time.monotonic() + 120
    while not attempt():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.2)
    return True


def quietly(method, key, value=None):
    try:
        return ask(method, key, value)
    except (urllib.error.URLError, OSError):
        return None


def main(command, key="", value=""):
    if command == "serve":
        threading.Thread(target=listen, daemon=True).start()
        threading.Thread(target=shout_for_ever, daemon=True).start()
        ThreadingHTTPServer(("", PORT), Handler).serve_forever()
    if command == "put":
        return until(lambda: quietly("PUT", key, value) is not None)
    if command == "get":
        return until(lambda: quietly("GET", key) == value)
    sys.exit(__doc__)


sys.exit(0 if main(*sys.argv[1:]) else 1)
