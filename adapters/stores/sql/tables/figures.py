"""Figures by day, and how far each thing is counted."""

from __future__ import annotations

from sqlalchemy import Column, Date, Table

from adapters.stores.sql.columns import counted, named
from adapters.stores.sql.tables.metadata import metadata

figures = Table(
    "figures",
    metadata,
    Column("day", Date, primary_key=True),
    named("measure", is_key=True),
    named("part", is_key=True),
    counted("amount"),
)

figure_marks = Table(
    "figure_marks",
    metadata,
    named("name", is_key=True),
    named("position"),
)
