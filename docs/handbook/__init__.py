"""The documentation as a site: what is written under docs/, and a reference made at its build."""
