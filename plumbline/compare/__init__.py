"""The command `compare`: metrics and params of two revisions, side by side and judged."""
