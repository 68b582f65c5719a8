"""The province in one process: a log, a database, two ratio services, and everything that may
happen to them, in any order and at any line. No I/O, no clock but its own.

The fold, the versions, the registry and the windows are the service's own; what is simulated is
what they stand on. `make simulate` runs ten thousand such worlds, each made from its seed.
"""
