"""The web server: connections that say nothing are ended, and there are never too many."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

#: Connections at a time; browsers open six each.
MOST_CONNECTIONS = 64
#: Seconds in which a request must have come, and those in which a browser must take a piece of the
#: answer; a connection that is kept open is idle for as long at most.
PATIENCE = 20.0


class Handler(WSGIRequestHandler):
    """Answers the requests of one connection."""

    timeout = PATIENCE
    server: Server

    def run_wsgi(self) -> None:
        """Answer a request that has come."""
        self.server.answering(self.connection, True)
        try:
            super().run_wsgi()
        finally:
            self.server.answering(self.connection, False)


class Server(ThreadedWSGIServer):
    """A thread a connection, at most `MOST_CONNECTIONS`."""

    def __init__(self, host: str, port: int, app: Any) -> None:
        # connections, and since when each has been waited for; None while it is answered
        self._open: dict[socket.socket, float | None] = {}
        self._lock = threading.Lock()
        super().__init__(host, port, app, Handler)

    def answering(self, connection: socket.socket, begins: bool) -> None:
        """Say that a request has come, or was answered."""
        with self._lock:
            if connection in self._open:
                self._open[connection] = None if begins else time.monotonic()

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Take a connection; where there are too many, in the place of the one that is longest
        waited for."""
        with self._lock:
            waiting = {one: since for one, since in self._open.items() if since is not None}
            if len(self._open) >= MOST_CONNECTIONS:
                if not waiting:
                    return False
                self._end(min(waiting, key=lambda one: waiting[one]))
            self._open[request] = time.monotonic()
        return True

    def service_actions(self) -> None:
        """End connections whose requests do not come; called twice a second."""
        now = time.monotonic()
        with self._lock:
            for one, since in list(self._open.items()):
                if since is not None and now - since > PATIENCE:
                    self._end(one)

    def _end(self, connection: socket.socket) -> None:
        self._open.pop(connection, None)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection that is over."""
        with self._lock:
            self._open.pop(request, None)
        super().shutdown_request(request)
