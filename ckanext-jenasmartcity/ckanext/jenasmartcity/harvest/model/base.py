"""What the tables of this room have in common."""

from __future__ import annotations

import psycopg2
import sqlalchemy as sa

AWARE = sa.DateTime(timezone=True)
# What the database's absence looks like to those who must survive it, also past SQLAlchemy in a COPY.
DatabaseAwayErrors = (sa.exc.DBAPIError, psycopg2.OperationalError, psycopg2.InterfaceError)
# What PostgreSQL says of rows that do not fit to what is there.
RefusedErrors = (sa.exc.IntegrityError, sa.exc.DataError)
