"""What ingest notices about a table: where, how many, what is done, how to change it."""
