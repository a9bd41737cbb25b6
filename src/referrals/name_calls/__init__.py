"""The PIN call: an agency's phone hears name and number of whom it said yes to (practice 2.6)."""
