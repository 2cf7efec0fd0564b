"""What `project.py --help` says, in a root or outside of one."""

from __future__ import annotations

from workspace_schema.suggestions import did_you_mean

#: The last one is not for people.
COMMANDS = (
    "run",
    "status",
    "watch",
    "submit",
    "exec",
    "next",
    "render",
    "gather",
    "archive",
    "lane",
)

USAGE = """\
usage: python project.py COMMAND …    in the root of a campaign, or below it

  run       simulate, label, draw: all that is left     run --parallel 4, run -f method.kT 0.5
  status    what is left, what failed and why           status -d -p
  watch     the same on one screen, refreshed           watch --once
  submit    hand what is left to SLURM                  submit --pretend
  exec      one operation on some jobs, in this process exec label JOB_ID
  next      jobs that are due for an operation          next label

from anywhere:

  render    draw a configuration                        render JOB/final.gsd -o picture.pdf
  gather    several roots, one diagram                  gather ROOT ROOT …
  archive   pack what is finished                       archive --help

COMMAND --help tells the options of a command. A root is made by
python init.py CAMPAIGN.yaml --root DIR; python dashboard.py run shows it in a browser.
"""


def is_asked(words: list[str]) -> bool:
    """Whether a command line asks for the list of commands."""
    return not words or words[0] in ("-h", "--help", "help")


def unknown(words: list[str]) -> str:
    """What to say where the first word is no command; "" where it is one, or an option."""
    if words[0] in COMMANDS or words[0].startswith("-"):
        return ""
    return f"{words[0]}: no such command; {did_you_mean(words[0], COMMANDS[:-1])}"
