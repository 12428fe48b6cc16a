/** An account, as `GET /api/account` gives it. */
interface Account {
  email: string;
  lease: string;
  first_name: string | null;
  last_name: string;
  language: string;
  paperless: boolean;
  agency: { name: string; email: string };
  created_at: string;
  closes_on: string | null;
  terms: { version: string; current: boolean };
}

/** What is wrong with a field, as problems of the API say it. */
interface Fault {
  field: string;
  code: string;
  message: string;
}

/** What a form's fields hold, by their names. */
type Values = Record<string, string | boolean>;
