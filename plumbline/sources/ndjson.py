"""Reader of .ndjson files: another name of .jsonl."""

from plumbline.sources.jsonl import Params, read

__all__ = ["Params", "read"]
