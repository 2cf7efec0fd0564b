"""Who may see the dashboard, and what a browser may do with what it sees."""

from __future__ import annotations

import secrets
import socket
from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import flask_login
from flask import Response, abort, current_app, redirect, render_template, request
from signac_dashboard.dashboard import User
from werkzeug.wrappers import Response as AnyResponse

if TYPE_CHECKING:
    from operations.monitor.dashboard.app import CampaignDashboard

LOOPBACK = ("localhost", "127.0.0.1", "::1")

#: Browsers that are logged in at a time, at most; the first one is logged out.
MOST_SESSIONS = 1000

#: Endpoints for which no token is needed.
PUBLIC = ("login", "static", "plotly")

#: Scripts come from this server's files only, never from a page or from text that is made code;
#: nothing is loaded from elsewhere. Plotly writes styles into the page, hence 'unsafe-inline'.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def guard(dashboard: CampaignDashboard) -> None:
    """Ask for the token at every route but `PUBLIC`, also at those that do not exist."""
    app, manager = dashboard.app, dashboard.login_manager
    wanted = dashboard.config["ACCESS_TOKEN"]
    host = str(dashboard.config["HOST"])
    # The cookie names a session in which the token was known; it does not hold the token.
    sessions: dict[str, None] = {}

    @manager.user_loader
    def user(identifier: str) -> User | None:
        return User(identifier) if identifier in sessions else None

    @app.before_request
    def ask() -> Response | None:
        if not is_known(request.host, host):
            abort(421, "This server does not go by the name that was asked for.")
        if request.endpoint in PUBLIC or wanted is None:
            return None
        if flask_login.current_user.is_authenticated:
            return None
        return Response(render_template("login.html"), 401)

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    @app.route("/login", methods=["GET", "POST"])
    def login() -> AnyResponse | tuple[str, int]:
        given = request.form.get("token") if request.method == "POST" else request.args.get("token")
        if given is None:
            return Response(render_template("login.html"))
        if wanted is None or not secrets.compare_digest(given.strip().encode(), wanted.encode()):
            return render_template("login.html", wrong=True), 401
        session = secrets.token_hex(16)
        sessions[session] = None
        while len(sessions) > MOST_SESSIONS:
            sessions.pop(next(iter(sessions)), None)
        flask_login.login_user(User(session))
        return redirect("/")

    @app.route("/logout", methods=["POST"])
    def logout() -> AnyResponse:
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            abort(403)
        if flask_login.current_user.is_authenticated:
            sessions.pop(flask_login.current_user.get_id(), None)
        flask_login.logout_user()
        return redirect("/login")


def is_known(asked: str, host: str) -> bool:
    """Whether a server goes by the host that a request names.

    A page of elsewhere may give its own name this address and read what is answered; it cannot
    make a browser ask for an address in numbers, or for a name that is not its own.

    Parameters
    ----------
    asked : str
        Host and port; through a tunnel the port may be any.
    host : str
        That the server is bound to.
    """
    try:
        name = urlsplit(f"//{asked}").hostname or ""
    except ValueError:
        return False
    try:
        address = ip_address(name)
    except ValueError:
        return name in {"localhost", host.lower(), *_names(host)}
    return address.is_loopback or host not in LOOPBACK


@cache
def _names(host: str) -> frozenset[str]:
    """Names of this machine, where others can reach it."""
    if host in LOOPBACK:
        return frozenset()
    return frozenset({socket.gethostname().lower(), socket.getfqdn().lower()})


def error_page(code: int, name: str, description: str | None) -> str:
    """The page of an error; to a stranger it says nothing of the campaign."""
    error = {"code": code, "name": name, "description": description}
    known = current_app.config["ACCESS_TOKEN"] is None or flask_login.current_user.is_authenticated
    return render_template("error.html" if known else "stranger.html", error=error)
