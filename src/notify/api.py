"""What the other slices may ask of notify: send this, what became of it, what did they answer."""

from __future__ import annotations

from notify.delivery import Channel, MessageState, address_is_dead
from notify.inbound import InboundText, load_inbound
from notify.outbox import MessageStory, NewMessage, message_of, messages_of, queue_message
from notify.sender_numbers import (
    give_sender_number,
    organization_of_number,
    sender_number_of,
)
from notify.sources import (
    Drop,
    Hold,
    MessageSource,
    QueuedMessage,
    RenderedMail,
    RenderedText,
    Send,
    register_source,
)
from notify.suppression import (
    SuppressionReason,
    email_hash,
    is_suppressed,
    phone_hash,
    suppress,
    suppression_reason,
    unsuppress,
)
from notify.threads import (
    OpenQuestion,
    close_question,
    count_unclear,
    forget_unclear,
    open_question,
)

__all__ = [
    "Channel",
    "Drop",
    "Hold",
    "InboundText",
    "MessageSource",
    "MessageState",
    "MessageStory",
    "NewMessage",
    "OpenQuestion",
    "QueuedMessage",
    "RenderedMail",
    "RenderedText",
    "Send",
    "SuppressionReason",
    "address_is_dead",
    "close_question",
    "count_unclear",
    "email_hash",
    "forget_unclear",
    "give_sender_number",
    "is_suppressed",
    "load_inbound",
    "message_of",
    "messages_of",
    "open_question",
    "organization_of_number",
    "phone_hash",
    "queue_message",
    "register_source",
    "sender_number_of",
    "suppress",
    "suppression_reason",
    "unsuppress",
]
