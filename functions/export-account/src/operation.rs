//! The description of this operation.

use shared::http::operation::{
    Body, Group, Operation, Route, Schema, Success, free, integer, list, object, one_of, required,
    text, truth, words,
};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "All data held about the account, without passwords and without the secrets of sessions \
    and links.",
    group: Group::Account,
    route: Route::get("/api/account/export"),
    parameters: &[],
    body: Body::None,
    successes: &[Success::ok("A JSON document", EXPORT)
        .with_headers(&[("content-disposition", "Offers it as a file")])],
    problems: &[],
};

const EXPORT: Schema = object(
    "Everything held about an account",
    &[
        required("exported_at", words::INSTANT),
        required("account", ACCOUNT),
        required("sessions", list("Its sessions", &SESSION)),
        required("links", list("The links that were mailed for it", &LINK)),
        required("mails", list("The mails without a link", &MAIL)),
        required("acts", list("What happened to it", &ACT)),
        required("returned_mail", RETURNED_MAIL.or_null()),
    ],
)
.named("Export");

const ACCOUNT: Schema = object(
    "The account",
    &[
        required("id", words::TENANT_ID),
        required("email", words::EMAIL),
        required("status", words::STATUS),
        required("lease", words::LEASE),
        required("last_name", text("The main signatory’s last name", "Martin")),
        required("first_name", text("The first name", "Camille").or_null()),
        required("agency", words::CONTACT),
        required("adviser", words::CONTACT.or_null()),
        required("ends_on", words::DATE.saying("The day on which the lease ends").or_null()),
        required("closes_on", words::DATE.saying("The day of deactivation").or_null()),
        required("warned_on", words::DATE.saying("When that was last mailed").or_null()),
        required("language", words::LANGUAGE),
        required("paperless", PAPERLESS),
        required("terms", TERMS),
        required("created_at", words::INSTANT),
        required("mail_state", words::MAIL_STATE),
        required("asked_to_close_until", REQUEST_OPEN_UNTIL),
        required("asked_for_paper_until", REQUEST_OPEN_UNTIL),
        required(
            "address_changes_revocable_until",
            list("Until when each former address can be restored", &words::INSTANT),
        ),
        required("closure", CLOSURE.or_null()),
    ],
);

const REQUEST_OPEN_UNTIL: Schema =
    words::INSTANT.saying("Until when such a request to the agency is open").or_null();

const PAPERLESS: Schema = object(
    "Whether rent notices come without paper, since when, and who said so",
    &[
        required("granted", truth("Whether they do", true)),
        required("since", words::INSTANT),
        required("by", one_of("Who decided it", &["tenant", "agency"])),
        required("caller", text("Which system of the agency’s", CALLER).or_null()),
        required("reason", text("Why", "Le foyer le demande.").or_null()),
    ],
);

const CALLER: &str = "arn:aws:sts::000000000000:assumed-role/agency/leases";

const TERMS: Schema = object(
    "The terms of use that were accepted",
    &[required("version", words::TERMS_VERSION), required("accepted_at", words::INSTANT)],
);

const CLOSURE: Schema = object(
    "How the account was closed",
    &[
        required("at", words::INSTANT),
        required("by", text("Who closed it", "agency")),
        required("reason", text("Why", "Le foyer le demande.").or_null()),
    ],
);

const SESSION: Schema = object(
    "A session",
    &[
        required("id", words::SESSION_ID),
        required("created_at", words::INSTANT),
        required("seen_at", words::INSTANT),
        required("expires_at", words::INSTANT),
        required(
            "user_agent",
            text("What its browser calls itself", "Mozilla/5.0 (X11; Linux x86_64; rv:145.0)"),
        ),
        required("persistent", truth("Whether it outlives its browser", false)),
        required("ended", truth("Whether a change of password or address has ended it", false)),
    ],
);

const LINK: Schema = object(
    "A link that was mailed",
    &[
        required("purpose", words::PURPOSE),
        required("created_at", words::INSTANT),
        required("expires_at", words::INSTANT),
        required("used_at", words::INSTANT.or_null()),
        required(
            "content",
            free("What it was made with", r#"{"email": "camille.martin@exemple.example"}"#),
        ),
        required("mail", SENDING),
    ],
);

const MAIL: Schema = object(
    "A mail without a link",
    &[
        required("to", words::EMAIL),
        required("language", words::LANGUAGE),
        required("content", free("What it says", r#"{"password-changed": {}}"#)),
        required("created_at", words::INSTANT),
        required("expires_at", words::INSTANT),
        required("sending", SENDING),
    ],
);

const SENDING: Schema = object(
    "The state of a mail",
    &[
        required("name", text("Which mail", "password-changed")),
        required("attempts", integer("How often it was tried", 1)),
        required(
            "outcome",
            one_of(
                "Its end; null while it waits",
                &["sent", "refused", "dropped", "not-due", "broken"],
            )
            .or_null(),
        ),
        required("at", words::INSTANT.or_null()),
    ],
);

const ACT: Schema = object(
    "What happened to the account",
    &[
        required("at", words::INSTANT),
        required("expires_at", words::INSTANT),
        required("what", text("What", "password-changed")),
        required(
            "by",
            one_of(
                "Who did it",
                &["tenant", "agency", "staff", "agency-link", "schedule", "mail-feedback"],
            ),
        ),
        required("caller", text("Which system of the agency’s", CALLER).or_null()),
        required("outcome", text("More about it", "language").or_null()),
    ],
);

const RETURNED_MAIL: Schema = object(
    "How mails to the address came back; null where none did",
    &[
        required("at", words::INSTANT),
        required("reason", text("What was reported", "General")),
        required("no_mail_until", words::INSTANT),
        required("tried_again_at", words::INSTANT.or_null()),
    ],
);
