"""The generated part of the documentation: contracts, settings, metrics.

Each module makes some pages from the code. Nothing is started, and no environment variable counts.
"""
