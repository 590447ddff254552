"""What stewards do with sources: enter and check them, try them, ask for runs."""
