"""Seeing a campaign: what `status` says, the terminal screen, the dashboard."""
