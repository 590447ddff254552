"""The names of the dataset types, and which of them count as datasets."""

from __future__ import annotations

# What /dataset lists, what is counted and what leaves as dcat:Dataset.
DATASET_TYPES = ("dataset", "sensor", "logistics", "learning-offer")
# An administrative service is shown under /service and exported as cpsv:PublicService only.
SERVICE_TYPE = "service"
