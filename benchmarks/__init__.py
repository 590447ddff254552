"""What this portal promises of its speed, measured beside stock CKAN."""
