// What a household is called.

/**
 * The names of an account; a company and whoever has one name have no first name.
 * @param {{ first_name?: string | null, last_name: string }} account
 */
export const fullName = ({ first_name: first, last_name: last }) =>
  [first, last].filter(Boolean).join(" ");
