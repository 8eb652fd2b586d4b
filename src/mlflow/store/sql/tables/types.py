"""Column types that mean the same on every database."""

from __future__ import annotations

from sqlalchemy import BigInteger, Double, Integer, MetaData, SmallInteger, Text

metadata = MetaData()
"""Every table of the schema."""

# SQLite numbers rows by itself only in a column declared INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")
Int = BigInteger()
Small = SmallInteger()
Real: Double[float] = Double()
# Text is compared byte by byte everywhere, so that pages are cut at the same place on every database and locale.
String = Text().with_variant(Text(collation="C"), "postgresql")
