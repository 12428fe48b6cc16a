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
