#!/bin/bash
#SBATCH --job-name=small.simulate.PACK0
#SBATCH --time=4:19:00
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=4
#SBATCH --mem=6144M
#SBATCH --partition=shared
#SBATCH --account=abc
#SBATCH --qos=long
#SBATCH --exclusive
#SBATCH --mail-type=FAIL
#SBATCH --chdir="ROOT"
#SBATCH --output=logs/%x.%j.txt
#SBATCH --open-mode=append
#SBATCH --no-requeue
#SBATCH --signal=B:USR1@300

# simulate: 5 jobs, 4 side by side on a node, 1.1 h expected
#   07b65e0db6bae2230bb7d882ffbc4134
#   1e64069c573925ef815673054d8aa390
#   7da50b1c0c4e0d3b49536a4789408c36
#   5a9c1c874df43714a74dc3c92646222c
#   d754a159a586d1cc637ed591e395910f
set -e
cd 'ROOT'
export CAMPAIGN_DEADLINE=$(( $(date +%s) + 15240 ))

module load gcc
source activate campaign

export PYTHONPATH=REPOSITORY${PYTHONPATH:+:$PYTHONPATH}
trap '' USR1  # until the worker listens
exec PYTHON -P -m operations.slurm.worker 'ROOT/.packs/PACK0.json' 'ROOT'


# Submit command: sbatch
