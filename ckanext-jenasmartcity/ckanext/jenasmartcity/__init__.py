"""Jena's open data portal: a CKAN extension, one room per subject."""
