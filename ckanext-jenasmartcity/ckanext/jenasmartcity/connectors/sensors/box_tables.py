"""The two tables of openSenseMap and their data dictionary."""

from __future__ import annotations

from typing import Any

from ckanext.jenasmartcity.connectors.base import Column, Table, Text

_STATIONS = (
    Column("id", "text", Text("Kennung der Station", "Station id")),
    Column(
        "name", "text", Text("Name", "Name"),
        Text("Namen, die eine Adresse oder Person erkennen lassen, sind ersetzt.",
             "Names that tell an address or a person are replaced."),
    ),
    Column("model", "text", Text("Bauart", "Model")),
    Column("exposure", "text", Text("Aufstellung", "Exposure"), Text("Nur »outdoor«: im Freien.", "Only “outdoor”.")),
    Column(
        "lon", "numeric", Text("Länge", "Longitude"),
        Text("Angabe der Betreibenden, gerundet (rund 100 m).", "As its owner says, rounded (some 100 m)."), "°",
    ),
    Column(
        "lat", "numeric", Text("Breite", "Latitude"),
        Text("Angabe der Betreibenden, gerundet (rund 100 m).", "As its owner says, rounded (some 100 m)."), "°",
    ),
    Column(
        "ortsteil", "text", Text("Ortsteil", "District"),
        Text("Aus der gerundeten Lage berechnet.", "Derived from the rounded position."),
    ),
    Column("created", "timestamp", Text("Angelegt", "Created")),
    Column("updated", "timestamp", Text("Geändert", "Updated")),
    Column("last_measurement", "timestamp", Text("Letzter Messwert", "Last measurement")),
    Column("position_set", "timestamp", Text("Lage angegeben am", "Position given on")),
    Column("geometry", "json", Text("Geometrie", "Geometry"), Text("GeoJSON, WGS 84", "GeoJSON, WGS 84")),
)

_SENSORS = (
    Column("station_id", "text", Text("Kennung der Station", "Station id")),
    Column("sensor_id", "text", Text("Kennung der Messgröße", "Sensor id")),
    Column("title", "text", Text("Bezeichnung der Quelle", "Title at the source")),
    Column("observed_property", "text", Text("Beobachtete Größe", "Observed property")),
    Column(
        "category", "text", Text("Sensorkategorie", "Sensor category"),
        Text("Liste der Stadt, um einige Größen ergänzt.", "The city's list with some quantities added."),
    ),
    Column(
        "unit", "text", Text("Einheit", "Unit"),
        Text("Einheitlich geschrieben; bei Feinstaub »μm/m3« zu »µg/m³« berichtigt.",
             "In one spelling; for particulate matter “μm/m3” is corrected to µg/m³."),
    ),
    Column("unit_original", "text", Text("Einheit in der Quelle", "Unit at the source")),
    Column("sensor_type", "text", Text("Bauteil", "Sensor type")),
)


def stations_table(draft: str, rows: tuple[tuple[Any, ...], ...]) -> Table:
    """One row per station."""
    return Table(draft, "stationen", Text("Stationen", "Stations"), _STATIONS, ("id",), rows, "geometry")


def sensors_table(draft: str, rows: tuple[tuple[Any, ...], ...]) -> Table:
    """One row per quantity that a station measures."""
    title = Text("Messgrößen der Stationen", "What the stations measure")
    return Table(draft, "messgroessen", title, _SENSORS, ("station_id", "sensor_id"), rows)


__all__ = ["sensors_table", "stations_table"]
