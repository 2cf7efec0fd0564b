#!/bin/bash
#SBATCH --job-name=small.forward.PACK0
#SBATCH --time=12:00:00
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=2
#SBATCH --gpus=4
#SBATCH --constraint=a100&nvlink
#SBATCH --chdir="ROOT"
#SBATCH --output=logs/%x.%j.txt
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:USR1@120
#SBATCH --output=one.txt

# forward: 4 jobs, 2 side by side on each of 2 nodes, 3.2 h expected
#   07b65e0db6bae2230bb7d882ffbc4134
#   1e64069c573925ef815673054d8aa390
#   7da50b1c0c4e0d3b49536a4789408c36
#   5a9c1c874df43714a74dc3c92646222c
set -e
cd 'ROOT'
export CAMPAIGN_DEADLINE=$(( $(date +%s) + 43080 ))

export PYTHONPATH=REPOSITORY${PYTHONPATH:+:$PYTHONPATH}
exec srun --nodes=2 --ntasks-per-node=1 --cpus-per-task=2 --kill-on-bad-exit=0 PYTHON -P -m operations.slurm.worker 'ROOT/.packs/PACK0.json' 'ROOT'


# Submit command: sbatch
#!/bin/bash
#SBATCH --job-name=small.forward.PACK1
#SBATCH --time=12:00:00
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=1
#SBATCH --gpus=1
#SBATCH --constraint=a100&nvlink
#SBATCH --chdir="ROOT"
#SBATCH --output=logs/%x.%j.txt
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:USR1@120
#SBATCH --output=one.txt

# forward: 1 jobs, 1 side by side on a node, 3.2 h expected
#   d754a159a586d1cc637ed591e395910f
set -e
cd 'ROOT'
export CAMPAIGN_DEADLINE=$(( $(date +%s) + 43080 ))

export PYTHONPATH=REPOSITORY${PYTHONPATH:+:$PYTHONPATH}
trap '' USR1  # until the worker listens
exec PYTHON -P -m operations.slurm.worker 'ROOT/.packs/PACK1.json' 'ROOT'


# Submit command: sbatch
