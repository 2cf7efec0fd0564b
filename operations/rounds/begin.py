"""What `init.py` does for an adaptive campaign: keep its candidates, make its first round."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from operations.rounds import ledger
from operations.rounds.candidates import Candidates
from operations.rounds.due import missing
from operations.rounds.ledger import Round
from operations.rounds.proceed import also, chosen_points, next_round
from workspace_schema.campaign import Campaign
from workspace_schema.campaign_file import MAX_CANDIDATES, Sample


def next_points(campaign: Campaign, n: int, root: Path) -> Campaign:
    """The same campaign as one that chooses its next `n` points and no more, whatever it says."""
    n_chosen = len(ledger.chosen(ledger.read(root)))
    told = campaign.sample.model_dump() if campaign.sample and campaign.is_adaptive else {}
    more = {"adaptive": n_chosen + n, "batch": n, "until": 1.0}
    if told.get("phases"):  # two jobs a point, and no line is known too well
        more = {"adaptive": n_chosen + 2 * n, "batch": 2 * n, "width": 1e-9}
    sample = Sample(**(told | more))
    points = campaign.points
    if not campaign.is_adaptive:  # a grid: one run of each of its points
        points = [point for point in points if point.statepoint["replica"] == 0]
    if len(points) > MAX_CANDIDATES:
        most = f"expected at most {MAX_CANDIDATES} to choose from"
        raise ValueError(f"--next: the campaign has {len(points)} points; {most}")
    all_of_them = frozenset(point.job_id for point in campaign.points)
    return replace(campaign, points=points, n_points=len(points), sample=sample, also=all_of_them)


def begin(campaign: Campaign, root: Path, at_once: bool = False) -> Campaign:
    """Keep the candidates in a root, and record the first round.

    Parameters
    ----------
    campaign : Campaign
    root : Path
    at_once : bool
        Record a round where there are some already; not before the jobs of the last one are made.

    Returns
    -------
    Campaign
        With those of its points that are there or have been chosen; the caller, who holds the lock
        of the root's jobs, makes them.
    """
    rounds = ledger.read(root)
    candidates = Candidates.of(campaign, ledger.chosen(rounds))
    new = []
    if not rounds or (at_once and not missing(root, rounds, candidates.header)):
        new = [next_round(root, candidates, rounds)]
    candidates.save(root)
    if new:
        rounds += new
        ledger.write(root, rounds)
    return _chosen(campaign, root, rounds)


def preview(campaign: Campaign, root: Path, at_once: bool = False) -> Campaign:
    """What `begin` would return; nothing is written."""
    rounds = ledger.read(root)
    if not rounds or at_once:
        candidates = Candidates.of(campaign, ledger.chosen(rounds))
        rounds.append(next_round(root, candidates, rounds))
    return _chosen(campaign, root, rounds)


def _chosen(campaign: Campaign, root: Path, rounds: list[Round]) -> Campaign:
    points = chosen_points(root, campaign.points, rounds)
    return replace(campaign, points=points, n_points=len(points), also=campaign.also | also(rounds))


def in_words(campaign: Campaign, n_jobs: int) -> str:
    """What an adaptive campaign is, in one line."""
    assert campaign.sample is not None
    return (
        f"adaptive: {n_jobs} of {campaign.n_points} candidates so far, at most"
        f" {campaign.sample.adaptive} by rounds; run and submit choose the next ones"
    )
