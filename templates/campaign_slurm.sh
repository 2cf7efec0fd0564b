{# One scheduler job: a pack of simulations (operations/slurm/packs.py) and the worker that runs it.
   The worker takes the place of the shell (exec), so that it gets SLURM's signals itself. #}
{% set pack = packs[id].pack %}
{% set pack_file = project.path ~ "/.packs/" ~ pack.id ~ ".json" %}
{% set worker = executable ~ " -P -m operations.slurm.worker " ~ (pack_file|quote_argument) ~ " " ~ (project.path|quote_argument) %}
{# Asked for, so that flow does not call them unused: the pack has them already. #}
{% set unused = [operations|calc_walltime(false), operations|calc_tasks("ngpu", false, true)] %}
#!/bin/bash
{% for line in packs[id].sbatch_lines %}
#SBATCH {{ line }}
{% endfor %}
{% if job_output %}
#SBATCH --output={{ job_output }}
{% endif %}

# {{ pack.operation }}: {{ pack.members|length }} jobs, {{ pack.lanes }} side by side on {{ "a node" if pack.nodes == 1 else "each of %d nodes"|format(pack.nodes) }}, {{ "%.2g"|format(pack.expected_seconds / 3600) }} h expected
{% for member in pack.members %}
#   {{ member }}
{% endfor %}
set -e
cd {{ project.path|quote_argument }}
export CAMPAIGN_DEADLINE=$(( $(date +%s) + {{ pack.walltime_seconds - packs[id].warning }} ))
{% if setup %}

{{ setup }}
{% endif %}

export PYTHONPATH={{ repository|quote_argument }}${PYTHONPATH:+:$PYTHONPATH}
{% if pack.nodes == 1 %}
trap '' USR1  # until the worker listens
exec {{ worker }}
{% elif launcher == "srun" %}
exec srun --nodes={{ pack.nodes }} --ntasks-per-node=1 --cpus-per-task={{ pack.cores }} --kill-on-bad-exit=0 {{ worker }}
{% else %}
exec mpirun -np {{ pack.nodes }} {{ worker }}
{% endif %}
