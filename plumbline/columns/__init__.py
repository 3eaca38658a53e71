"""Column types: what a raw value is, how it is fitted, encoded, drawn and built into the exported graph."""
