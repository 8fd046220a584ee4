"""The HTTP edge: what is read and refused, who is let in, and the document that says so."""
