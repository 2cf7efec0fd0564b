"""The campaign in a web browser: what runs, what failed and why, what has formed where.

    cd ROOT && python REPOSITORY/dashboard.py run [--host HOST] [--port PORT]

Open the address that it prints; the token in it lets in. See docs/dashboard.md.
"""

import sys

from operations.jobs import isolation

isolation.import_nothing_from_here()  # before all other imports, that of __future__ too

try:
    from operations.monitor.dashboard.app import main
except ModuleNotFoundError as error:
    if error.name not in ("signac_dashboard", "flask", "flask_login"):
        raise
    sys.exit(f"{error.name} is not installed here: pip install signac-dashboard")

if __name__ == "__main__":
    sys.exit(main())
