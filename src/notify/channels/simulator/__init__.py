"""The message simulator: a carrier, a mail server, phones and mailboxes for demo and tests.

A process of its own that speaks Twilio's HTTP contract and SMTP; it knows nothing of the product
but the addresses it is given. State is in memory and gone when it stops.
"""
