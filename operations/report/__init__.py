"""Pages for people: one self-contained HTML file each, drawn from outputs and histories; nothing is measured here."""
