"""Networks on the neighbours themselves, one file a family: trained with torch, read with numpy.

A family is one function from a neighbour graph to numbers of every particle. It is written once, on
`Layers`, for the arrays of both libraries: torch (extra `networks`) finds the weights, plain arrays
keep them, and labelling needs numpy alone.
"""
