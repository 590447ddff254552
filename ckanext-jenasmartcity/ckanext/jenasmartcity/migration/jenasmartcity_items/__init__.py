"""Alembic migrations of the plugin jenasmartcity_items."""
