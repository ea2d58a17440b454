/** Crash points that no life goes by, each with the reason. */
export const unlived: Readonly<Record<string, string>> = {};
