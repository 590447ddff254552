"""What drifted apart between database, indexes, tables and records is found and mended."""
