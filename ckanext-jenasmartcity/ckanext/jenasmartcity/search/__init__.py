"""What of a dataset is found: the text of its tables, its fields, its extent."""
