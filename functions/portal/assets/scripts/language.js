// The page's language, and how the scripts say the little that they have to say.

export const language = document.documentElement.lang;

export const t = (french, english) => (language === "fr" ? kept(french) : english);

/** French punctuation keeps to its word. */
const kept = (text) => text.replace(/ ([:;!?»])/g, "\u00a0$1").replace(/« /g, "«\u00a0");
