"""Simulation of the workflow under a burst of orders."""
