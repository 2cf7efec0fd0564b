"""SLURM environments; beside `templates/`, where flow looks for their templates from any root.

Choose one with `SIGNAC_FLOW_ENVIRONMENT=CampaignSlurm`; it is also taken where SLURM is found.
"""

from __future__ import annotations

from flow.environment import DefaultSlurmEnvironment


class CampaignSlurm(DefaultSlurmEnvironment):
    """A SLURM cluster: one task a simulation, with its GPU, and a deadline it keeps."""

    template = "campaign_slurm.sh"
