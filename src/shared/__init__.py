"""What every slice stands on: settings, database, clock, errors, audit, crypto. Knows no slice."""
