"""The steward's desk: calls that keep records true, conflicts, imports, emergencies (design 5.10).

Stewards belong to the front door; nothing about a patient is read or shown here.
"""
