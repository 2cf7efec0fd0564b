"""From labels at a few points to the phases everywhere, how sure they are, where to look next."""
