/** An account, as `GET /api/account` gives it. */
interface Account {
    email: string;
    lease: string;
    first_name: string | null;
    last_name: string;
    language: string;
    paperless: boolean;
    agency: Contact;
    adviser?: Contact;
    created_at: string;
    closes_on: string | null;
    terms: { version: string; current: boolean };
}

/** An agency or an adviser; an agency of the landlord's directory has all of it. */
interface Contact {
    name: string;
    email: string;
    phone?: string;
    address?: string[];
    hours?: { fr: string; en: string };
}

/** What is wrong with a field, as problems of the API say it. */
interface Fault {
    field: string;
    code: string;
    message: string;
}

/** What a form's fields hold, by their names. */
type Values = Record<string, string | boolean>;

/** A member of staff, as `GET /api/staff/session` gives them. */
interface Staff {
    name: string;
    role: "reader" | "agent" | "supervisor";
    agencies: string[];
    may: string[];
    expires_at: string;
}

/** A request of a tenant, as the queue and the page of a household have it. */
interface OpenRequest {
    id: string;
    kind: "close-account" | "stop-paperless";
    message?: string;
    asked_at: string;
}

/** A household, as `GET /api/staff/households/{lease}` gives it. */
interface Household {
    lease: {
        reference: string;
        last_name: string;
        first_name?: string;
        agency: Contact;
        adviser?: Contact;
        ends_on?: string;
        ended: boolean;
    };
    account?: {
        status: "active" | "deactivated";
        email?: string;
        created_at: string;
        language: string;
        paperless: { granted: boolean; since?: string };
        mail_state?: "bounced" | "complained";
        closes_on?: string;
        deactivated_at?: string;
        deactivated_by?: "agency" | "tenant" | "schedule";
        reason?: string;
        erased_on?: string;
    };
    cannot_get_in: Obstacle[];
    requests: (OpenRequest & {
        state: "open" | "done" | "refused" | "not_delivered";
        reason?: string;
        settled_at?: string;
    })[];
    mails: { mail: string; at: string; state: string; settled_at?: string }[];
    happened: {
        at: string;
        what: string;
        by: { kind: string; name?: string };
        outcome?: string;
    }[];
    may: string[];
}

/** What stands in the way of a household that wants to get in. */
interface Obstacle {
    code: string;
    at?: string;
    until?: string;
    reason?: string;
    mail?: string;
}
