"""What people do with referrals, one verb a function. None of them commits."""

from __future__ import annotations

from referrals.actions.answering import (
    AgencySays,
    AgencyWord,
    answer_as_agency,
    report_outcome,
)
from referrals.actions.drafting import (
    ConsentGiven,
    NewReferral,
    create_draft,
    record_consent,
)
from referrals.actions.identity import hide_identity, show_identity, tell_identity
from referrals.actions.late_words import take_late_yes
from referrals.actions.notes import write_note
from referrals.actions.owning import (
    NextStep,
    acknowledge_ending,
    add_note,
    answer_question,
    decide_difference,
    entered_in_error,
    finish_task,
    follow_up_met,
    reroute,
    withdraw,
)
from referrals.actions.patient_words import PatientWord, patient_answer, patient_wrote
from referrals.actions.patients import NewPatient, change_contact, create_patient
from referrals.actions.recording import HeardWord, heard, record_answer
from referrals.actions.renewing import renew_consent
from referrals.actions.revoking import revoke_consent, stop_sharing
from referrals.actions.sending import HandOver, SendOptions, hand_over_now, send_referral
from referrals.actions.undoing import give_reason, release_held, undo_answer

__all__ = [
    "AgencySays",
    "AgencyWord",
    "ConsentGiven",
    "HandOver",
    "HeardWord",
    "NewPatient",
    "NewReferral",
    "NextStep",
    "PatientWord",
    "SendOptions",
    "acknowledge_ending",
    "add_note",
    "answer_as_agency",
    "answer_question",
    "change_contact",
    "create_draft",
    "create_patient",
    "decide_difference",
    "entered_in_error",
    "finish_task",
    "follow_up_met",
    "give_reason",
    "hand_over_now",
    "heard",
    "hide_identity",
    "patient_answer",
    "patient_wrote",
    "record_answer",
    "record_consent",
    "release_held",
    "renew_consent",
    "report_outcome",
    "reroute",
    "revoke_consent",
    "send_referral",
    "show_identity",
    "stop_sharing",
    "take_late_yes",
    "tell_identity",
    "undo_answer",
    "withdraw",
    "write_note",
]
