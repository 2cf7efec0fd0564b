"""What is done to one job: methods, engines, structure search, labelling, aggregation."""
