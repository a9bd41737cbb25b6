"""Organizations' people: members, sessions, keys, links, answering channels."""
