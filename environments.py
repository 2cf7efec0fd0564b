"""SLURM as this program uses it.

Beside `templates/`, where flow looks for them from any root. Taken where SLURM is found, or with
`SIGNAC_FLOW_ENVIRONMENT=CampaignSlurm`. What the machine is like stands in the cluster file
(`operations/slurm/cluster.py`).
"""

from flow.environment import DefaultSlurmEnvironment


class CampaignSlurm(DefaultSlurmEnvironment):
    """A SLURM cluster on which packs of simulations run."""

    template = "campaign_slurm.sh"
    #: Whether jobs go there in packs (`operations/slurm/packed_project.py`).
    in_packs = True
