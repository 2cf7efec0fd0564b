#!/bin/bash
#SBATCH --job-name=small.simulate.PACK0
#SBATCH --time=6:22:00
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=1
#SBATCH --chdir="ROOT"
#SBATCH --output=logs/%x.%j.txt
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:USR1@120

# simulate: 5 jobs, 1 side by side on each of 2 nodes, 1.6 h expected
#   07b65e0db6bae2230bb7d882ffbc4134
#   1e64069c573925ef815673054d8aa390
#   7da50b1c0c4e0d3b49536a4789408c36
#   5a9c1c874df43714a74dc3c92646222c
#   d754a159a586d1cc637ed591e395910f
set -e
cd 'ROOT'
export CAMPAIGN_DEADLINE=$(( $(date +%s) + 22800 ))

export PYTHONPATH=REPOSITORY${PYTHONPATH:+:$PYTHONPATH}
exec mpirun -np 2 PYTHON -P -m operations.slurm.worker 'ROOT/.packs/PACK0.json' 'ROOT'


# Submit command: sbatch
