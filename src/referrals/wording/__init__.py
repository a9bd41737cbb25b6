"""The words of every text and mail, as data, and their rendering. Decides nothing about sending."""

from referrals.wording.catalogues import languages
from referrals.wording.dates import (
    date_words,
    day_words,
    hour_words,
    moment_words,
    soon_words,
    visit_words,
)
from referrals.wording.mails import Mail, mail_parameters, mail_templates, render_mail
from referrals.wording.templates import Party, TemplateFacts, form_at, template_facts, templates
from referrals.wording.texts import (
    MissingParameterError,
    NotTextedError,
    must_have,
    parameters,
    people_words,
    render,
)

__all__ = [
    "Mail",
    "MissingParameterError",
    "NotTextedError",
    "Party",
    "TemplateFacts",
    "date_words",
    "day_words",
    "form_at",
    "hour_words",
    "languages",
    "mail_parameters",
    "mail_templates",
    "moment_words",
    "must_have",
    "parameters",
    "people_words",
    "render",
    "render_mail",
    "soon_words",
    "template_facts",
    "templates",
    "visit_words",
]
