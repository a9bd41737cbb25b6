"""HSDS directory: who helps, where, when, for whom. Entered through directory.api."""
