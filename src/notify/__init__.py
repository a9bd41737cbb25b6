"""SMS and e-mail that are neither lost nor repeated. Entered through notify.api."""
