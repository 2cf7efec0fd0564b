"""signac-dashboard's server with our pages, without its scans of the workspace and open doors."""

from __future__ import annotations

import argparse
import hashlib
import logging
import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import signac
from flask import Flask
from signac_dashboard import Dashboard
from signac_dashboard import dashboard as upstream
from werkzeug.exceptions import HTTPException

from operations.jobs import isolation
from operations.jobs.campaign_root import campaign_root
from operations.monitor.dashboard import access, assets, configuration, products
from operations.monitor.dashboard.atlas import Atlas
from operations.monitor.dashboard.campaign import Campaign
from operations.monitor.dashboard.compare import Compare
from operations.monitor.dashboard.job import Job
from operations.monitor.dashboard.job_list import JobList
from operations.monitor.dashboard.live import Live
from operations.monitor.dashboard.neighbourhoods import Neighbourhoods
from operations.monitor.dashboard.page import Page
from operations.monitor.dashboard.phase_diagram import PhaseDiagram
from operations.monitor.dashboard.server import Server
from workspace_schema.errors import RootError

_HERE = Path(__file__).parent
PORT = 8888
#: Ports that are tried where the first one is taken.
PORTS_TRIED = 10


class _NoEvents:
    """In the place of upstream's watch of the workspace, which takes a thread and an inotify watch
    as soon as it is made, fails where there is none, and sees nothing on a network file system."""

    def schedule(self, *_: Any) -> None:
        """Nothing: `live.Live` looks by itself."""


upstream.Observer = _NoEvents


class _Project(signac.Project):
    """The data space, without signac's scan of all state points and the cache file it writes."""

    def update_cache(self) -> None:
        """Nothing: `live.Live` knows the jobs."""


class CampaignDashboard(Dashboard):
    """The dashboard of a campaign.

    Parameters
    ----------
    root : Path
        Of the campaign.
    config : dict, optional
        As of signac-dashboard: HOST, PORT, ACCESS_TOKEN.

    Raises
    ------
    LookupError
        Where there is no campaign.
    RootError
        Where there is one that signac cannot read, or parts of it are links.
    """

    def __init__(self, root: Path, config: dict[str, Any] | None = None) -> None:
        project = _Project.get_project(str(campaign_root(root)))
        self.live = Live(Path(project.path))
        name = hashlib.blake2b(os.fsencode(project.path), digest_size=6).hexdigest()
        defaults = {
            "HOST": "localhost",
            "PORT": PORT,
            "ACCESS_TOKEN": secrets.token_hex(24),
            "SESSION_COOKIE_NAME": f"campaign_{name}",
            "SESSION_COOKIE_SAMESITE": "Lax",
            "SESSION_COOKIE_HTTPONLY": True,
            "MAX_CONTENT_LENGTH": 16_384,
        }
        pages = [
            Campaign(),
            PhaseDiagram(),
            Atlas(),
            Neighbourhoods(),
            JobList(),
            Compare(),
            Job(),
        ]
        # upstream takes a page that cannot be registered out silently; ours must all be there
        n_pages = len(pages)
        super().__init__(defaults | (config or {}), project, pages)
        if len(self.modules) != n_pages:
            raise RuntimeError("a page of the dashboard could not be registered")

        self.live.prepare += [assets.prepare, configuration.prepare, products.prepare]

    def update_cache(self) -> None:
        """Nothing: the listing is kept up to date by `live.Live`."""

    def _create_app(self, config: dict[str, Any] | None = None) -> Flask:
        app = Flask(
            "campaign-dashboard",
            root_path=str(_HERE),
            static_folder=str(_HERE / "static"),
            template_folder=str(_HERE / "templates"),
        )
        app.config["SECRET_KEY"] = secrets.token_bytes(32)
        app.config.update(config or {})
        return app

    def _create_assets(self) -> None:
        """Nothing to compile: ours are plain files."""

    def _register_routes(self) -> None:
        """Our routes in the place of upstream's; the pages add theirs."""
        app = self.app
        access.guard(self)
        assets.register(app)

        @app.context_processor
        def everywhere() -> dict[str, Any]:
            pages = [page for page in self.modules if isinstance(page, Page) and page.in_menu]
            return {"pages": pages, "campaign": self.live.name, "asset": assets.address}

        @app.errorhandler(HTTPException)
        def refused(error: HTTPException) -> tuple[str, int] | HTTPException:
            if error.code is None or error.code < 400:
                return error  # a redirection
            return access.error_page(error.code, error.name, error.description), error.code

        @app.errorhandler(Exception)
        def broken(error: Exception) -> tuple[str, int]:
            logging.getLogger(__name__).exception("the dashboard could not answer")
            return access.error_page(500, "Internal error", type(error).__name__), 500

    def run(self, *args: Any, **kwargs: Any) -> None:
        """Serve until interrupted; the next free port where the wanted one is taken."""
        host, first = str(self.config["HOST"]), int(self.config["PORT"])
        ports = range(first, first + PORTS_TRIED) if first else [0]
        for port in ports:
            try:
                server = Server(host, port, self.app)
                break
            except (OSError, SystemExit) as error:  # werkzeug leaves where a port is taken
                if port == ports[-1]:
                    raise OSError(f"no free port on {host} from {first} to {port}") from error
        # the requests' addresses hold the token
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        at = f"[{host}]" if ":" in host else host
        address = f"http://{at}:{server.server_port}/"
        token = self.config["ACCESS_TOKEN"]
        print(address + (f"login?token={token}" if token else ""), flush=True)
        if host not in access.LOOPBACK:
            print(
                f"warning: {host} can be reached from other machines, and nothing is encrypted;"
                " an ssh tunnel is safer: docs/dashboard.md",
                file=sys.stderr,
            )
        self.live.start()
        try:
            server.serve_forever()
        finally:
            self.live.stop()
            server.server_close()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="dashboard.py", description="The campaign in a browser.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="serve the campaign of this folder")
    run.add_argument("--host", default="localhost", help="address to bind (default: localhost)")
    run.add_argument("--port", type=int, default=PORT, help=f"(default: {PORT}; 0: any free one)")
    options = parser.parse_args(argv)
    try:
        config = {"HOST": options.host, "PORT": options.port}
        root = campaign_root(Path(isolation.current_root()))
        isolation.leave(root)
        CampaignDashboard(root, config).run()
    except LookupError:
        print("no campaign here or above: change into its root", file=sys.stderr)
        return 2
    except (OSError, OverflowError, RootError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0
    return 0
