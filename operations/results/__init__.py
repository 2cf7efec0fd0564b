"""From products to knowledge of a campaign: labels, table, diagram, atlas, report, archive."""
