"""What the Python test suites share: starting a real daemon, talking to it line by line."""
