/** Gives the user a text, or other bytes, as a file. */
export function download(content: string | Blob, name: string): void {
  const url = URL.createObjectURL(typeof content === "string" ? new Blob([content], { type: "text/plain" }) : content);
  downloadFrom(url, name);
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** Gives the user what is at an address as a file. Without a name, it has the one that the server gives. */
export function downloadFrom(url: string, name = ""): void {
  const a = document.createElement("a");
  a.href = url;
  a.download = name;
  a.click();
}
