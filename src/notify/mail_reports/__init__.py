"""Mail that comes back: bounces, complaints, automatic answers, and what people write.

Decided in docs/decisions/0020: only a mail that carries an id of ours changes anything.
"""
