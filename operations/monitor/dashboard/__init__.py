"""The web dashboard of a campaign, on signac-dashboard.

`app.py` is the server, `access.py` who may see it, `live.py` what the campaign looks like now; each
page is a module of its own with a template and a script of the same name. Nothing here writes.
"""
