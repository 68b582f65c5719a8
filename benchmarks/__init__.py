"""How fast the parts are on this machine, each against a baseline in the same run: `make bench`."""
