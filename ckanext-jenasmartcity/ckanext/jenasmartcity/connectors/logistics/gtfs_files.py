"""The files of GTFS Schedule: fields, types, keys and references as facts.

Source: https://gtfs.org/documentation/schedule/reference/ (revised 27 April 2026).
Files are listed so that a file comes after those it refers to.

One word per field, ``name[:kind][!][>file.field[|file.field]]``: kinds are text
(default), int, uint (not negative), decimal, lat, lon, date, time and flag (0 or 1);
``!`` marks a required field; ``>`` where a foreign id must be found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

from ckanext.jenasmartcity.connectors.base import Text

Kind = Literal["text", "int", "uint", "decimal", "lat", "lon", "date", "time", "flag", "exception", "location"]


@dataclass(frozen=True, slots=True)
class Field:
    """refs: (file, field) pairs; a value must occur in one of them."""

    name: str
    kind: Kind
    required: bool
    refs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class File:
    """key: fields that identify a row; () means all fields, as the standard's ``*``."""

    name: str
    title: Text
    key: tuple[str, ...]
    fields: dict[str, Field]


_WORD = re.compile(r"(?P<name>\w+)(?::(?P<kind>\w+))?(?P<required>!?)(?:>(?P<refs>[\w.|]+))?")


def _field(word: str) -> Field:
    parts = _WORD.fullmatch(word)
    if parts is None:
        raise ValueError(word)
    refs = [ref.split(".") for ref in (parts["refs"] or "").split("|") if ref]
    kind = cast(Kind, parts["kind"] or "text")
    return Field(parts["name"], kind, bool(parts["required"]), tuple((file, field) for file, field in refs))


def _file(name: str, de: str, en: str, key: str, fields: str) -> tuple[str, File]:
    return name, File(name, Text(de, en), tuple(key.split()), {f.name: f for f in map(_field, fields.split())})


FILES: dict[str, File] = dict((
    _file("agency", "Verkehrsunternehmen", "Agencies", "agency_id", """
        agency_id agency_name! agency_url! agency_timezone! agency_lang agency_phone agency_fare_url agency_email
        cemv_support:int"""),
    _file("levels", "Ebenen", "Levels", "level_id", "level_id! level_index:decimal! level_name"),
    _file("stops", "Haltestellen", "Stops", "stop_id", """
        stop_id! stop_code stop_name tts_stop_name stop_desc stop_lat:lat stop_lon:lon zone_id stop_url
        location_type:location parent_station>stops.stop_id stop_timezone wheelchair_boarding:int
        level_id>levels.level_id platform_code stop_access:int"""),
    _file("networks", "Netze", "Networks", "network_id", "network_id! network_name"),
    _file("routes", "Linien", "Routes", "route_id", """
        route_id! agency_id>agency.agency_id route_short_name route_long_name route_desc route_type:uint! route_url
        route_color route_text_color route_sort_order:uint continuous_pickup:int continuous_drop_off:int network_id
        cemv_support:int"""),
    _file("route_networks", "Linien je Netz", "Routes by network", "route_id",
          "network_id!>networks.network_id route_id!>routes.route_id"),
    _file("calendar", "Verkehrstage", "Service calendar", "service_id", """
        service_id! monday:flag! tuesday:flag! wednesday:flag! thursday:flag! friday:flag! saturday:flag! sunday:flag!
        start_date:date! end_date:date!"""),
    _file("calendar_dates", "Abweichende Verkehrstage", "Exceptions to the calendar", "service_id date",
          "service_id! date:date! exception_type:exception!"),
    _file("shapes", "Linienwege", "Shapes", "shape_id shape_pt_sequence", """
        shape_id! shape_pt_lat:lat! shape_pt_lon:lon! shape_pt_sequence:uint! shape_dist_traveled:decimal"""),
    _file("trips", "Fahrten", "Trips", "trip_id", """
        route_id!>routes.route_id service_id!>calendar.service_id|calendar_dates.service_id trip_id! trip_headsign
        trip_short_name direction_id:int block_id shape_id>shapes.shape_id wheelchair_accessible:int bikes_allowed:int
        cars_allowed:int safe_duration_factor:decimal safe_duration_offset:decimal"""),
    _file("location_groups", "Haltegruppen", "Location groups", "location_group_id",
          "location_group_id! location_group_name"),
    _file("location_group_stops", "Haltestellen je Haltegruppe", "Stops by location group", "",
          "location_group_id!>location_groups.location_group_id stop_id!>stops.stop_id"),
    _file("locations", "Bedienungsgebiete", "Service areas", "id", "id! stop_name stop_desc"),
    _file("booking_rules", "Buchungsregeln", "Booking rules", "booking_rule_id", """
        booking_rule_id! booking_type:int! prior_notice_duration_min:int prior_notice_duration_max:int
        prior_notice_last_day:int prior_notice_last_time:time prior_notice_start_day:int prior_notice_start_time:time
        prior_notice_service_id>calendar.service_id message pickup_message drop_off_message phone_number info_url
        booking_url"""),
    _file("stop_times", "Fahrzeiten", "Stop times", "trip_id stop_sequence", """
        trip_id!>trips.trip_id arrival_time:time departure_time:time stop_id>stops.stop_id
        location_group_id>location_groups.location_group_id location_id>locations.id stop_sequence:uint! stop_headsign
        start_pickup_drop_off_window:time end_pickup_drop_off_window:time pickup_type:int drop_off_type:int
        continuous_pickup:int continuous_drop_off:int shape_dist_traveled:decimal timepoint:int
        pickup_booking_rule_id>booking_rules.booking_rule_id drop_off_booking_rule_id>booking_rules.booking_rule_id"""),
    _file("frequencies", "Taktfahrten", "Frequencies", "trip_id start_time", """
        trip_id!>trips.trip_id start_time:time! end_time:time! headway_secs:uint! exact_times:int"""),
    _file("transfers", "Umstiege", "Transfers",
          "from_stop_id to_stop_id from_trip_id to_trip_id from_route_id to_route_id", """
        from_stop_id>stops.stop_id to_stop_id>stops.stop_id from_route_id>routes.route_id to_route_id>routes.route_id
        from_trip_id>trips.trip_id to_trip_id>trips.trip_id transfer_type:uint min_transfer_time:uint"""),
    _file("pathways", "Wege in Stationen", "Pathways", "pathway_id", """
        pathway_id! from_stop_id!>stops.stop_id to_stop_id!>stops.stop_id pathway_mode:int! is_bidirectional:flag!
        length:decimal traversal_time:uint stair_count:int max_slope:decimal min_width:decimal signposted_as
        reversed_signposted_as"""),
    _file("areas", "Tarifgebiete", "Areas", "area_id", "area_id! area_name"),
    _file("stop_areas", "Haltestellen je Gebiet", "Stops by area", "",
          "area_id!>areas.area_id stop_id!>stops.stop_id"),
    _file("fare_attributes", "Tarife (V1)", "Fares (V1)", "fare_id", """
        fare_id! price:decimal! currency_type! payment_method:int! transfers:int agency_id>agency.agency_id
        transfer_duration:uint"""),
    _file("fare_rules", "Tarifregeln (V1)", "Fare rules (V1)", "", """
        fare_id!>fare_attributes.fare_id route_id>routes.route_id origin_id>stops.zone_id destination_id>stops.zone_id
        contains_id>stops.zone_id"""),
    _file("timeframes", "Tarifzeiten", "Timeframes", "", """
        timeframe_group_id! start_time end_time service_id!>calendar.service_id|calendar_dates.service_id"""),
    _file("rider_categories", "Fahrgastgruppen", "Rider categories", "rider_category_id",
          "rider_category_id! rider_category_name! is_default_fare_category:int eligibility_url"),
    _file("fare_media", "Fahrscheinarten", "Fare media", "fare_media_id",
          "fare_media_id! fare_media_name fare_media_type:int!"),
    _file("fare_products", "Fahrscheine", "Fare products", "fare_product_id rider_category_id fare_media_id", """
        fare_product_id! fare_product_name rider_category_id>rider_categories.rider_category_id
        fare_media_id>fare_media.fare_media_id amount:decimal! currency!"""),
    _file("fare_leg_rules", "Tarifregeln", "Fare leg rules",
          "network_id from_area_id to_area_id from_timeframe_group_id to_timeframe_group_id fare_product_id", """
        leg_group_id network_id>routes.network_id|networks.network_id from_area_id>areas.area_id
        to_area_id>areas.area_id from_timeframe_group_id>timeframes.timeframe_group_id
        to_timeframe_group_id>timeframes.timeframe_group_id fare_product_id!>fare_products.fare_product_id
        rule_priority:uint"""),
    _file("fare_leg_join_rules", "Tarifverknüpfungen", "Fare leg join rules",
          "from_network_id to_network_id from_stop_id to_stop_id", """
        from_network_id!>routes.network_id|networks.network_id to_network_id!>routes.network_id|networks.network_id
        from_stop_id>stops.stop_id to_stop_id>stops.stop_id"""),
    # transfer_count and duration_limit stay text: they are part of the key and may be empty.
    _file("fare_transfer_rules", "Tarifregeln beim Umstieg", "Fare transfer rules",
          "from_leg_group_id to_leg_group_id fare_product_id transfer_count duration_limit", """
        from_leg_group_id>fare_leg_rules.leg_group_id to_leg_group_id>fare_leg_rules.leg_group_id transfer_count
        duration_limit duration_limit_type:int fare_transfer_type:int!
        fare_product_id>fare_products.fare_product_id"""),
    _file("translations", "Übersetzungen", "Translations",
          "table_name field_name language record_id record_sub_id field_value",
          "table_name! field_name! language! translation! record_id record_sub_id field_value"),
    _file("feed_info", "Angaben zum Fahrplan", "Feed information", "feed_publisher_name", """
        feed_publisher_name! feed_publisher_url! feed_lang! default_lang feed_start_date:date feed_end_date:date
        feed_version feed_contact_email feed_contact_url"""),
    _file("attributions", "Beteiligte", "Attributions", "attribution_id", """
        attribution_id agency_id>agency.agency_id route_id>routes.route_id trip_id>trips.trip_id organization_name!
        is_producer:int is_operator:int is_authority:int attribution_url attribution_email attribution_phone"""),
))

# What a feed cannot be read without; a group is satisfied by one of its files.
REQUIRED: tuple[tuple[str, ...], ...] = (
    ("agency.txt",), ("stops.txt", "locations.geojson"), ("routes.txt",), ("trips.txt",), ("stop_times.txt",),
    ("calendar.txt", "calendar_dates.txt"),
)

__all__ = ["FILES", "REQUIRED", "Field", "File", "Kind"]
