// The page's language, and how the scripts say the little that they have to say.

export const language = document.documentElement.lang;

export const t = (french, english) => (language === "fr" ? french : english);
