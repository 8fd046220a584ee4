"""Random calendars of check-ins in zones whose clocks change, beside a list of days."""
