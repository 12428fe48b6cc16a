//! The description of this operation.

use shared::error::Problem;
use shared::http::operation::{
    Body, Group, Operation, Parameter, Route, Schema, Success, list, object, one_of, optional,
    required, text, truth, words,
};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The account is the one that holds the lease or held it last. What is sorted by time has the \
    newest first; of mails and of what happened, at most 200 are shown.",
    group: Group::Staff,
    route: Route::get("/api/staff/households/{lease}"),
    parameters: &[Parameter::in_path("lease", words::LEASE_TYPED)],
    body: Body::None,
    successes: &[Success::ok("The household", HOUSEHOLD)],
    problems: &[(Problem::NotFound, "Also a lease of an agency that the person may not see")],
};

const HOUSEHOLD: Schema = object(
    "A household",
    &[
        required("lease", LEASE),
        optional("account", ACCOUNT),
        required(
            "cannot_get_in",
            list(
                "Why it cannot get in, first what matters most; empty if nothing is known",
                &OBSTACLE,
            ),
        ),
        required("requests", list("What it asked the agency for in the last 30 days", &REQUEST)),
        required("mails", list("The mails of its account, or of its registration", &MAIL)),
        required("happened", list("What happened to it, the sign-ins among it", &EVENT)),
        required(
            "may",
            list(
                "What the person may do with it now",
                &one_of(
                    "An act",
                    &[
                        "send-activation",
                        "send-reset",
                        "lift-stop",
                        "close-account",
                        "stop-paperless",
                    ],
                ),
            ),
        ),
    ],
)
.named("Household");

const LEASE: Schema = object(
    "The lease",
    &[
        required("reference", words::LEASE),
        required("last_name", text("The main signatory’s last name", "Martin")),
        optional("first_name", text("The first name", "Camille")),
        required("agency", words::CONTACT),
        optional("adviser", words::CONTACT),
        optional("ends_on", words::DATE.saying("The lease’s last day")),
        required("ended", truth("Whether that day has passed: nobody can register then", false)),
    ],
);

const ACCOUNT: Schema = object(
    "The account",
    &[
        required("status", words::STATUS),
        required("email", text("The identifier; masked for a reader", "c•••@exemple.example")),
        required("created_at", words::INSTANT),
        required("language", words::LANGUAGE),
        required(
            "paperless",
            object(
                "Whether rent notices come without paper",
                &[
                    required("granted", truth("Whether they do", true)),
                    required("since", words::INSTANT),
                ],
            ),
        ),
        optional(
            "mail_state",
            one_of("Whether its mails come back or were unwanted", &["bounced", "complained"]),
        ),
        optional("closes_on", words::DATE.saying("The day on which it is deactivated")),
        optional("deactivated_at", words::INSTANT),
        optional(
            "deactivated_by",
            one_of(
                "Whose wish it was; `schedule`: the lease has ended",
                &["agency", "tenant", "schedule"],
            ),
        ),
        optional("reason", words::MESSAGE.saying("Why the agency closed it")),
        optional("erased_on", words::DATE.saying("The day on which it is erased")),
    ],
);

const OBSTACLE: Schema = object(
    "Something that stands in the way",
    &[
        required(
            "code",
            one_of(
                "What it is",
                &[
                    "never_registered",
                    "link_not_followed",
                    "reset_not_followed",
                    "mail_waiting",
                    "mail_not_sent",
                    "mail_comes_back",
                    "address_in_use",
                    "held_back",
                    "password_not_set",
                    "deactivated",
                    "lease_ended",
                ],
            ),
        ),
        optional("at", text("Since when: an instant, or the last day of the lease", AT)),
        optional("until", words::INSTANT.saying("Until when")),
        optional(
            "reason",
            text(
                "Why mails come back (what SES says, or complained), why one is not sent (dropped, \
                 refused, broken), who is held back (everywhere, some_browsers), or the agency’s words",
                "General 5.1.1",
            ),
        ),
        optional("mail", text("Which mail", "activation")),
    ],
);

const AT: &str = "2026-11-23T07:56:46Z";

const REQUEST: Schema = object(
    "A request to the agency",
    &[
        required(
            "id",
            text("The id, by which it is settled", "EVIhzRKH-sj51ESdljKf0w").matching(words::ID),
        ),
        required("kind", words::REQUEST_KIND),
        optional("message", words::MESSAGE.saying("The tenant’s words")),
        required("asked_at", words::INSTANT),
        required("state", words::REQUEST_STATE),
        optional("reason", words::MESSAGE.saying("Why the agency refused it")),
        optional("settled_at", words::INSTANT),
    ],
);

const MAIL: Schema = object(
    "A mail",
    &[
        required("mail", text("Which mail", "activation")),
        required("at", words::INSTANT.saying("When it was caused")),
        required(
            "state",
            one_of(
                "What became of it",
                &["waiting", "sent", "refused", "dropped", "not_due", "broken"],
            ),
        ),
        optional("settled_at", words::INSTANT.saying("When that was")),
    ],
);

const EVENT: Schema = object(
    "Something that happened",
    &[
        required("at", words::INSTANT),
        required("what", text("What", "password-changed")),
        required(
            "by",
            object(
                "Who did it",
                &[
                    required(
                        "kind",
                        one_of(
                            "The kind of actor",
                            &[
                                "tenant",
                                "agency",
                                "staff",
                                "agency-link",
                                "schedule",
                                "mail-feedback",
                            ],
                        ),
                    ),
                    optional("name", text("The person, or the agency’s system", "Karim Benali")),
                ],
            ),
        ),
        optional("outcome", text("More about it", "language")),
    ],
);
