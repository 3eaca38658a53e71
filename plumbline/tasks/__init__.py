"""Tasks: from the target's type to head, loss, metrics, figures and baseline."""
