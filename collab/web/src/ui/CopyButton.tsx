import { useEffect, useState } from "react";
import { copyText } from "./copy";

interface Props {
  /** What is copied, in words. */
  what: string;
  text(): string;
}

/** A button that copies a text, and shows for a moment whether that worked. */
export function CopyButton({ what, text }: Props) {
  const [said, say] = useState("");
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => say(""), 2000);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <>
      <button type="button" aria-label={`Copy ${what}`} onClick={() => void copyText(text()).then((done) => say(done ? "Copied" : "Not copied"))}>
        {said || "Copy"}
      </button>
      <span className="unseen" role="status">
        {said}
      </span>
    </>
  );
}
