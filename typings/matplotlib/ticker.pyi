from collections.abc import Callable

class FuncFormatter:
    def __init__(self, func: Callable[[float, int], str]) -> None: ...

class MaxNLocator:
    def __init__(self, nbins: int) -> None: ...
