"""The six stages of the pipeline, each a script: `python -m stages.NAME` from the project's folder."""
