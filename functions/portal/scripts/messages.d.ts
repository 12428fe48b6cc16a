/**
 * The message `key` of messages/*.toml in the page's language, with `values` in place of its
 * `{placeholders}`. build.rs puts the text where the call stands: nothing of this is left in a
 * bundle, and both arguments are literals.
 */
export function t(key: string, values?: Record<string, string | number>): string;
