"""Nothing is shown without the token, and a browser is told what it may do."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from analysis import phase_diagram
from operations.monitor.dashboard import access
from tests.operations.monitor.dashboard.conftest import TOKEN, Site, addresses

PACKAGE = Path(access.__file__).parent


def test_every_route_but_login_and_assets_asks_for_the_token(site: Site) -> None:
    stranger = site.dashboard.app.test_client()
    rules = list(site.dashboard.app.url_map.iter_rules())
    assert {rule.endpoint for rule in rules} >= set(access.PUBLIC)
    for rule in rules:
        values = {name: "a" * 32 if name == "job_id" else "x" for name in rule.arguments}
        with site.dashboard.app.test_request_context():
            address = site.dashboard.app.url_for(rule.endpoint, **values)
        for method in rule.methods & {"GET", "POST"}:
            answer = stranger.open(address, method=method)
            if rule.endpoint not in access.PUBLIC:
                assert answer.status_code == 401, (method, address)
                assert site.jobs[0].name not in answer.text
    for address in (*addresses(site), "/nothing", "/search?q=x", "/project/", "/settings"):
        assert stranger.get(address).status_code == 401, address
    for name in ("style.css", "common.js"):
        assert stranger.get(f"/static/{name}").status_code == 200
    assert stranger.get("/static/../app.py").status_code in (401, 404)


def test_login_and_logout(site: Site) -> None:
    stranger = site.dashboard.app.test_client()
    assert stranger.get("/login").status_code == 200
    for wrong in ("", "t0k3", "t0k3n0", "ü"):
        assert stranger.post("/login", data={"token": wrong}).status_code == 401
        assert stranger.get("/").status_code == 401
    answer = stranger.post("/login", data={"token": TOKEN, "next": "https://example.org"})
    assert (answer.status_code, answer.location) == (302, "/")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert TOKEN not in cookie
    assert stranger.get("/").status_code == 200
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert stranger.post("/logout", headers=foreign).status_code == 403
    assert stranger.post("/logout").status_code == 302
    assert stranger.get("/").status_code == 401


def test_logout_ends_the_session_on_the_server(site: Site) -> None:
    """A cookie that somebody has copied opens nothing any more; other browsers stay logged in."""
    name = site.dashboard.config["SESSION_COOKIE_NAME"]
    copied = site.browser.get_cookie(name).value
    other = site.dashboard.app.test_client()
    assert other.get(f"/login?token={TOKEN}").status_code == 302
    thief = site.dashboard.app.test_client()
    thief.set_cookie(name, copied)
    assert thief.get("/").status_code == 200
    assert site.browser.post("/logout").status_code == 302
    thief.set_cookie(name, copied)
    assert thief.get("/").status_code == 401
    assert other.get("/").status_code == 200


def test_sessions_are_bounded(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "MOST_SESSIONS", 3)
    for _ in range(3):
        assert site.dashboard.app.test_client().get(f"/login?token={TOKEN}").status_code == 302
    assert site.get("/").status_code == 401  # the first one


@pytest.mark.parametrize("name", ["our_secret_campaign", "<script>"])
def test_errors_say_nothing_of_the_campaign_to_strangers(site: Site, name: str) -> None:
    document = site.root / "signac_project_document.json"
    document.write_text(json.dumps(json.loads(document.read_text()) | {"name": name}))
    site.update()
    stranger = site.dashboard.app.test_client()
    asked = [
        ("GET", "/static/nothing", 404),
        ("GET", "/static/../../x", 404),
        ("DELETE", "/login", 405),
        ("POST", "/static/style.css", 405),
        ("GET", "/nothing", 401),
        ("GET", "/login?token=wrong", 401),
    ]
    for method, address, expected in asked:
        answer = stranger.open(address, method=method)
        assert answer.status_code in (expected, 401), address
        for known in (name, name.replace("_", " "), str(site.root), "&lt;script&gt;"):
            assert known not in answer.text, address
    large = stranger.post("/login", data={"token": "x" * 100_000})
    assert large.status_code in (401, 413)
    assert name.replace("_", " ") not in large.text
    assert stranger.get("/", headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize(
    ("asked", "host", "expected"),
    [
        ("localhost:8888", "localhost", True),
        ("127.0.0.2", "127.0.0.1", True),
        ("10.0.0.1", "localhost", False),
        ("10.0.0.1:8888", "0.0.0.0", True),
        ("[fe80::1]", "::", True),
        ("node17", "node17", True),
        ("node17.evil.example", "node17", False),
        ("evil.example", "0.0.0.0", False),
        ("", "localhost", False),
        ("[", "localhost", False),
        ("a" * 10_000, "localhost", False),
    ],
)
def test_hosts(asked: str, host: str, expected: bool) -> None:
    assert access.is_known(asked, host) is expected


def test_a_cookie_of_another_dashboard_does_not_let_in(site: Site) -> None:
    from operations.monitor.dashboard.app import CampaignDashboard

    other = CampaignDashboard(site.root, {"ACCESS_TOKEN": TOKEN})
    name = site.dashboard.config["SESSION_COOKIE_NAME"]
    stolen = site.browser.get_cookie(name).value
    stranger = other.app.test_client()
    stranger.set_cookie(name, stolen)
    assert stranger.get("/").status_code == 401


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/search?q=<script>alert(1)</script>", 404),
        ("GET", "/nothing/<script>alert(1)</script>", 404),
        ("POST", "/modules", 404),
        ("POST", "/", 405),
        ("GET", "/jobs/" + "0" * 32, 404),
        ("GET", "/jobs/<script>", 404),
    ],
)
def test_what_is_not_there_says_so(site: Site, method: str, address: str, status: int) -> None:
    answer = site.browser.open(
        address, method=method, data={"redirect": "https://example.org"} if method == "POST" else {}
    )
    assert answer.status_code == status
    assert "<script>alert" not in answer.text
    assert "example.org" not in (answer.location or "")


def test_the_policy_is_sent_with_every_answer(site: Site) -> None:
    for address in [*addresses(site), "/nothing", "/static/common.js", "/login"]:
        answer = site.get(address)
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "unsafe-eval" not in policy
        assert "default-src 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "Cache-Control" in answer.headers


def test_no_page_has_a_script_of_its_own() -> None:
    for template in (PACKAGE / "templates").iterdir():
        text = template.read_text()
        assert not re.findall(r"<script(?![^>]*\bsrc=)", text), template
        assert not re.findall(r"<[^>{]*\son[a-z]+\s*=", text), template
        assert "| safe" not in text, template
        assert "http://" not in text, template
        assert "https://" not in text, template
    drawing = Path(phase_diagram.__file__).parent
    for script in [*(PACKAGE / "static").glob("*.js"), *drawing.glob("*.js")]:
        text = script.read_text()
        assert not re.findall(r"\beval\(|new Function|insertAdjacentHTML|document\.write", text), (
            script
        )
        assert not re.findall(r"innerHTML\s*=[^=]", text), script
        assert "//cdn" not in text, script
        assert "https://" not in text, script


def test_plotly_comes_from_its_package(site: Site) -> None:
    from plotly.offline import get_plotlyjs

    address = re.search(r'src="(/plotly-[^"]+)"', site.get("/phase-diagram").text)
    assert address is not None
    answer = site.get(address[1])
    assert answer.get_data(as_text=True) == get_plotlyjs()
    assert "immutable" in answer.headers["Cache-Control"]


def test_plotly_offers_to_send_nothing_to_its_makers() -> None:
    for script in (
        PACKAGE / "static" / "plots.js",
        Path(phase_diagram.__file__).parent / "page.js",
    ):
        text = script.read_text()
        assert "showSendToCloud: false" in text, script
        assert 'plotlyServerURL: ""' in text, script
