// What keys are called here.

export const isMac = typeof navigator !== "undefined" && /Mac|iP(hone|ad)/.test(navigator.platform);
export const mod = isMac ? "⌘" : "Ctrl";
