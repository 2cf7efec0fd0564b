"""Making the models that label: reference crystals and fluids, training."""
