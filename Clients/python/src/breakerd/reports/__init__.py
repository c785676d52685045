"""What calls have come to: counted where they end, told to the daemon in batches."""
