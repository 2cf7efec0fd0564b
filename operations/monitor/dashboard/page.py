"""What every page is: a module of signac-dashboard with one template and an address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask import Response, abort, render_template, request
from signac_dashboard.module import Module

from operations.monitor.campaign_view import JobState
from operations.monitor.dashboard.live import Snapshot
from workspace_schema.job_ids import is_job_id

if TYPE_CHECKING:
    from operations.monitor.dashboard.app import CampaignDashboard


class Page(Module):
    """A page of the dashboard.

    Attributes
    ----------
    title : str
    address : str
    file : str
        Template, below `templates/`.
    in_menu : bool
    """

    _supported_contexts: ClassVar[set[str]] = {"ProjectContext"}
    title = ""
    address = "/"
    file = ""
    in_menu = True
    dashboard: CampaignDashboard

    def __init__(self) -> None:
        super().__init__(name=self.title, context="ProjectContext", template=self.file)

    def register(self, dashboard: CampaignDashboard) -> None:
        """Add the page, and what else it serves."""
        self.dashboard = dashboard
        dashboard.app.add_url_rule(self.address, self.file.removesuffix(".html"), self.show)

    def show(self, **values: Any) -> Response:
        """The page."""
        return Response(render_template(self.template, page=self, **self.content(**values)))

    def content(self, **values: Any) -> dict[str, Any]:
        """What the template is filled with."""
        return values

    @property
    def now(self) -> Snapshot:
        """The campaign as it is now."""
        return self.dashboard.live.now()

    def job(self, job_id: str) -> JobState:
        """A job of the campaign; the answer is 404 where there is none."""
        known = self.now.jobs.get(job_id) if is_job_id(job_id) else None
        if known is None:
            abort(404, "There is no such job in this campaign.")
        return known


def number(name: str, default: int) -> int:
    """A number of the address that is not negative; the default where it says anything else."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else default
