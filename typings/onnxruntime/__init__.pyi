"""The part of onnxruntime that services use, typed; the library itself ships no stubs."""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

class SessionOptions:
    intra_op_num_threads: int

class NodeArg:
    name: str

class InferenceSession:
    def __init__(
        self,
        path_or_bytes: str | bytes | PathLike[str],
        sess_options: SessionOptions | None = None,
        providers: Sequence[str] | None = None,
    ) -> None: ...
    def get_outputs(self) -> list[NodeArg]: ...
    def run(self, output_names: Sequence[str] | None, input_feed: Mapping[str, Any]) -> list[Any]: ...
