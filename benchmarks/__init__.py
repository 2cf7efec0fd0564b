"""What the numbers in the documentation were measured with: `python -m benchmarks.NAME`."""

import os

# one core, unless said otherwise; before numpy is imported
for _threads in ("OMP_NUM_THREADS", "OVITO_THREAD_COUNT"):
    os.environ.setdefault(_threads, "1")
