"""Identity providers to log in at: real ones, and strict ones of our own for what cannot be installed."""
