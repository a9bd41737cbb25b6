"""The application: routers, wiring, command line; no rules of its own."""
