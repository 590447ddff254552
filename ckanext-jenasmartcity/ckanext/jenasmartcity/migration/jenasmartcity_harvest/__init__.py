"""Alembic migrations of the plugin jenasmartcity_harvest."""
