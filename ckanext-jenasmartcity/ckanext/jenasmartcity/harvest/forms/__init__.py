"""What stewards type into the forms of a source, and what it means.

A form's values are a flat dictionary of texts and lists of texts, made from a source or
from a request; so whatever was typed comes back beside its error.
"""
