"""A fleet in a box: many devices, one server, a virtual clock and a virtual network, all under one seed (docs/simulation.md)."""
