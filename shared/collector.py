"""How often Python looks for cycles of objects that nobody needs any more.

In: nothing. Out: a process that looks seldom. A batch is a hundred thousand small values without a
cycle among them; with Python's own settings, looking for some took half of a replay's time.
"""

import gc

# New objects before the young ones are looked at; of such looks before the older, then all, are.
THRESHOLDS = (50_000, 20, 100)


def collect_rarely() -> None:
    """To be called at the start, when all modules are loaded: those are never looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
