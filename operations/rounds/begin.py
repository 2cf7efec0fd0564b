"""What `init.py` does for an adaptive campaign: keep its candidates, make its first round."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from operations.jobs.files import replacing
from operations.rounds import ledger
from operations.rounds.candidates import CAMPAIGN, Candidates
from operations.rounds.ledger import Round
from operations.rounds.proceed import next_round
from workspace_schema.campaign import Campaign
from workspace_schema.root import existing_jobs


def begin(campaign: Campaign, file: Path, root: Path) -> Campaign:
    """Keep the candidates and the campaign file in a root, and record the first round.

    Returns
    -------
    Campaign
        With those of its points that are there or have been chosen; the caller, who holds the lock
        of the root's jobs, makes them.
    """
    candidates = Candidates.of(campaign)
    candidates.save(root)
    with replacing(root / CAMPAIGN) as temporary:
        temporary.write_bytes(file.read_bytes())
    rounds = ledger.read(root)
    if not rounds:
        rounds = [next_round(root, candidates, [])]
        ledger.write(root, rounds)
    return _chosen(campaign, root, rounds)


def preview(campaign: Campaign, root: Path) -> Campaign:
    """What `begin` would return; nothing is written."""
    rounds = ledger.read(root)
    return _chosen(campaign, root, rounds or [next_round(root, Candidates.of(campaign), [])])


def _chosen(campaign: Campaign, root: Path, rounds: list[Round]) -> Campaign:
    wanted = {*ledger.chosen(rounds), *existing_jobs(root)}
    points = [point for point in campaign.points if point.job_id in wanted]
    return replace(campaign, points=points, n_points=len(points))


def in_words(campaign: Campaign, n_jobs: int) -> str:
    """What an adaptive campaign is, in one line."""
    assert campaign.sample is not None
    return (
        f"adaptive: {n_jobs} of {campaign.n_points} candidates so far, at most"
        f" {campaign.sample.adaptive} by rounds; run and submit choose the next ones"
    )
