"""The only reader of the configuration: one frozen, typed record per room.

Options are declared with type, default and description in each room's
``config_declaration.yaml``; nothing else calls ``tk.config``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk

PREFIX = "ckanext.jenasmartcity"


def _option(room: str, name: str) -> Any:
    return tk.config[f"{PREFIX}.{room}.{name}"]


@dataclass(frozen=True, slots=True)
class Security:
    """allow: host:port or CIDR that the guarded client may reach although internal.
    proxy: address of an outbound proxy, or None.  trusted_proxies: number of reverse
    proxies in front (ProxyFix), 0 for none.  contact: where the operators of sources
    find us, the portal's own address unless set.  token_header: name of the header
    that carries an API token.  mail_from: sender of CKAN's mails, None where it sends none."""

    allow: tuple[str, ...]
    proxy: str | None
    trusted_proxies: int
    contact: str
    token_header: str
    mail_from: str | None


def security() -> Security:
    """Settings of the room ``security``."""
    return Security(
        allow=tuple(_option("security", "allow")),
        proxy=_option("security", "proxy") or None,
        trusted_proxies=_option("security", "trusted_proxies"),
        contact=_option("security", "contact") or tk.config["ckan.site_url"],
        token_header=tk.config["apitoken_header_name"],
        mail_from=tk.config.get("smtp.mail_from") or None,
    )


@dataclass(frozen=True, slots=True)
class Mail:
    """How mails leave.  server: host, host:port or smtps://host.  starttls: whether the
    connection must be encrypted before anything is said.  ca_file: certificates of the
    authority of an internal server, beside the well-known ones.  sender, reply_to: addresses.
    sender_name: the portal's title."""

    server: str
    starttls: bool
    user: str
    password: str = field(repr=False)
    sender: str
    reply_to: str
    sender_name: str
    ca_file: Path | None


def mail() -> Mail:
    """CKAN's settings for mail, and what they lack."""
    ca_file = _option("security", "mail_ca_file")
    return Mail(
        server=tk.config.get("smtp.server") or "",
        starttls=tk.asbool(tk.config.get("smtp.starttls") or False),
        user=tk.config.get("smtp.user") or "",
        password=tk.config.get("smtp.password") or "",
        sender=tk.config.get("smtp.mail_from") or "",
        reply_to=tk.config.get("smtp.reply_to") or "",
        sender_name=tk.config["ckan.site_title"],
        ca_file=Path(ca_file) if ca_file else None,
    )


@dataclass(frozen=True, slots=True)
class House:
    """directory: the folder ``config/`` that another city would change."""

    directory: Path


def house() -> House:
    """Where the city's own configuration lies."""
    return House(directory=Path(_option("house", "directory")))


@dataclass(frozen=True, slots=True)
class Harvest:
    """samples_url: what "{samples}" stands for in an address.  tick_seconds: pause
    between two rounds of the tick process.  site_url: where the portal is reached.
    lease_seconds: after which a run that was not heard of loses its source.
    credential_keys: what the secrets of sources are encrypted with; the first one
    encrypts, each decrypts.  language: the portal's own, outside of requests.  site_id: under
    which the index keeps this portal's datasets.  site_title: how the portal signs its mails.
    secret_key: what personal links are signed with.  sends_mail: whether mails can be sent."""

    samples_url: str
    tick_seconds: int
    lease_seconds: int
    site_url: str
    credential_keys: tuple[str, ...]
    language: str
    site_id: str
    site_title: str
    secret_key: str = field(repr=False)
    sends_mail: bool


def harvest() -> Harvest:
    """Settings of the room ``harvest``."""
    return Harvest(
        samples_url=_option("harvest", "samples_url"),
        tick_seconds=_option("harvest", "tick_seconds"),
        lease_seconds=_option("harvest", "lease_seconds"),
        site_url=tk.config["ckan.site_url"],
        credential_keys=tuple(_option("harvest", "credential_keys")),
        language=tk.config["ckan.locale_default"],
        site_id=tk.config["ckan.site_id"],
        site_title=tk.config["ckan.site_title"],
        secret_key=tk.config["SECRET_KEY"],
        sends_mail=bool(mail().sender and mail().server),
    )


@dataclass(frozen=True, slots=True)
class Items:
    """solr_url: address of the Solr core that holds single learning offers.
    quarters: what people call several Ortsteile together -> their names."""

    solr_url: str
    quarters: dict[str, tuple[str, ...]]


def items() -> Items:
    """Settings of the room ``items``."""
    named = (quarter.partition(":") for quarter in _option("items", "quarters"))
    return Items(
        solr_url=_option("items", "solr_url"),
        quarters={name: tuple(districts.split(",")) for name, _, districts in named if districts},
    )


@dataclass(frozen=True, slots=True)
class Search:
    """table_text_cap: characters of a dataset's tables that enter the index."""

    table_text_cap: int


def search() -> Search:
    """Settings of the room ``search``."""
    return Search(table_text_cap=_option("search", "table_text_cap"))


@dataclass(frozen=True, slots=True)
class Schemas:
    """municipality_key: AGS, 8 digits.  regional_key: ARS, 12 digits.  geonames: IRI of the
    city.  contributor_id: IRI of GovData's list, None until GovData has given one.
    language: the one that messages are in where no request says another."""

    municipality_key: str
    regional_key: str
    geonames: str
    contributor_id: str | None
    language: str


def schemas() -> Schemas:
    """Settings of the room ``schemas``."""
    return Schemas(
        municipality_key=_option("schemas", "municipality_key"),
        regional_key=_option("schemas", "regional_key"),
        geonames=_option("schemas", "geonames"),
        contributor_id=_option("schemas", "contributor_id") or None,
        language=tk.config["ckan.locale_default"],
    )


def page_option(name: str, lang: str) -> str:
    """The option that keeps the edited text of a page of the room ``portal``."""
    return f"{PREFIX}.portal.page.{name}.{lang}"


def page_text(name: str, lang: str) -> str:
    """The edited text of a page, "" where nobody has edited it."""
    return tk.config.get(page_option(name, lang)) or ""
