// What a household is called.

/** The names of `account`; a company and whoever has one name have no first name. */
export const fullName = ({ first_name: first, last_name: last }) =>
  [first, last].filter(Boolean).join(" ");
