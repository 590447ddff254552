"""Generators of marked sample feeds; see ../generate.py."""
