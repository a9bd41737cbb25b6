"""Helps that several kinds of tests share."""
