"""Runs the client vectors of Protocol/client-vectors against this client."""
