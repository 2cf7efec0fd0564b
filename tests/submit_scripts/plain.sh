#!/bin/bash
#SBATCH --job-name=small.simulate.PACK0
#SBATCH --time=2:10:00
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=1
#SBATCH --chdir="ROOT"
#SBATCH --output=logs/%x.%j.txt
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:USR1@120

# simulate: 1 jobs, 1 side by side on a node, 0.53 h expected
#   07b65e0db6bae2230bb7d882ffbc4134
set -e
cd 'ROOT'
export CAMPAIGN_DEADLINE=$(( $(date +%s) + 7680 ))

export PYTHONPATH=REPOSITORY${PYTHONPATH:+:$PYTHONPATH}
trap '' USR1  # until the worker listens
exec PYTHON -P -m operations.slurm.worker 'ROOT/.packs/PACK0.json' 'ROOT'


# Submit command: sbatch
#!/bin/bash
#SBATCH --job-name=small.simulate.PACK1
#SBATCH --time=2:10:00
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=1
#SBATCH --chdir="ROOT"
#SBATCH --output=logs/%x.%j.txt
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:USR1@120

# simulate: 1 jobs, 1 side by side on a node, 0.53 h expected
#   1e64069c573925ef815673054d8aa390
set -e
cd 'ROOT'
export CAMPAIGN_DEADLINE=$(( $(date +%s) + 7680 ))

export PYTHONPATH=REPOSITORY${PYTHONPATH:+:$PYTHONPATH}
trap '' USR1  # until the worker listens
exec PYTHON -P -m operations.slurm.worker 'ROOT/.packs/PACK1.json' 'ROOT'


# Submit command: sbatch
#!/bin/bash
#SBATCH --job-name=small.simulate.PACK2
#SBATCH --time=2:10:00
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=1
#SBATCH --chdir="ROOT"
#SBATCH --output=logs/%x.%j.txt
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:USR1@120

# simulate: 1 jobs, 1 side by side on a node, 0.53 h expected
#   7da50b1c0c4e0d3b49536a4789408c36
set -e
cd 'ROOT'
export CAMPAIGN_DEADLINE=$(( $(date +%s) + 7680 ))

export PYTHONPATH=REPOSITORY${PYTHONPATH:+:$PYTHONPATH}
trap '' USR1  # until the worker listens
exec PYTHON -P -m operations.slurm.worker 'ROOT/.packs/PACK2.json' 'ROOT'


# Submit command: sbatch
#!/bin/bash
#SBATCH --job-name=small.simulate.PACK3
#SBATCH --time=2:10:00
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=1
#SBATCH --chdir="ROOT"
#SBATCH --output=logs/%x.%j.txt
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:USR1@120

# simulate: 1 jobs, 1 side by side on a node, 0.53 h expected
#   5a9c1c874df43714a74dc3c92646222c
set -e
cd 'ROOT'
export CAMPAIGN_DEADLINE=$(( $(date +%s) + 7680 ))

export PYTHONPATH=REPOSITORY${PYTHONPATH:+:$PYTHONPATH}
trap '' USR1  # until the worker listens
exec PYTHON -P -m operations.slurm.worker 'ROOT/.packs/PACK3.json' 'ROOT'


# Submit command: sbatch
#!/bin/bash
#SBATCH --job-name=small.simulate.PACK4
#SBATCH --time=2:10:00
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=1
#SBATCH --chdir="ROOT"
#SBATCH --output=logs/%x.%j.txt
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:USR1@120

# simulate: 1 jobs, 1 side by side on a node, 0.53 h expected
#   d754a159a586d1cc637ed591e395910f
set -e
cd 'ROOT'
export CAMPAIGN_DEADLINE=$(( $(date +%s) + 7680 ))

export PYTHONPATH=REPOSITORY${PYTHONPATH:+:$PYTHONPATH}
trap '' USR1  # until the worker listens
exec PYTHON -P -m operations.slurm.worker 'ROOT/.packs/PACK4.json' 'ROOT'


# Submit command: sbatch
