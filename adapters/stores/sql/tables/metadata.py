"""What all tables share: how constraints are named, and the one list of tables."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, MetaData

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
    }
)

# Room on each page lets a changed row stay there, so that no index has to be written.
OFTEN_CHANGED = {"fillfactor": 80}


def check(condition: str, name: str) -> CheckConstraint:
    """Return a wall in the database against what the rules already forbid."""
    return CheckConstraint(condition, name=name)
