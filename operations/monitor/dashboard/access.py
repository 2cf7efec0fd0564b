"""Who may see the dashboard, and what a browser may do with what it sees."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import flask_login
from flask import Response, abort, redirect, render_template, request
from signac_dashboard.dashboard import User
from werkzeug.wrappers import Response as AnyResponse

if TYPE_CHECKING:
    from operations.monitor.dashboard.app import CampaignDashboard

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

    # The cookie says that the token was known; it does not hold it.
    @manager.user_loader
    def user(identifier: str) -> User | None:
        return User(identifier) if identifier == "campaign" else None

    @app.before_request
    def ask() -> Response | None:
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
        flask_login.login_user(User("campaign"))
        return redirect("/")

    @app.route("/logout", methods=["POST"])
    def logout() -> AnyResponse:
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            abort(403)
        flask_login.logout_user()
        return redirect("/login")
