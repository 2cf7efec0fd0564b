{% extends "slurm.sh" %}
{% block tasks %}
{% set gpus = operations|calc_tasks("ngpu", parallel, force) %}
#SBATCH --ntasks={{ operations|calc_tasks("np", parallel, force) }}
{% if gpus %}
#SBATCH --gpus={{ gpus }}
{% endif %}
#SBATCH --open-mode=append
{% endblock tasks %}
{% block custom_content %}
{% set limit = operations|calc_walltime(parallel) %}
{% if limit %}
export CAMPAIGN_DEADLINE=$(( $(date +%s) + {{ (limit.total_seconds())|int }} - 60 ))
{% endif %}
{% endblock custom_content %}
