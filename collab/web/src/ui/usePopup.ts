// A part of the page that opens below a button.

import { type RefObject, useEffect, useRef, useState } from "react";

export interface Popup<E extends HTMLElement> {
  open: boolean;
  /** Holds the button and what it opens. */
  ref: RefObject<E | null>;
  show(): void;
  /** Closes it; the focus goes back to the button if it was inside. */
  close(): void;
}

/** Closes with Escape, and with a press outside. */
export function usePopup<E extends HTMLElement>(): Popup<E> {
  const ref = useRef<E>(null);
  const [open, setOpen] = useState(false);
  const close = () => {
    if (ref.current?.contains(document.activeElement)) ref.current.querySelector<HTMLElement>("[aria-expanded]")?.focus();
    setOpen(false);
  };
  useEffect(() => {
    if (!open) return;
    const outside = (e: PointerEvent) => {
      if (!ref.current?.contains(e.target as Node)) setOpen(false);
    };
    const key = (e: KeyboardEvent) => {
      if (e.key !== "Escape" || !ref.current?.contains(e.target as Node)) return;
      e.stopPropagation();
      close();
    };
    addEventListener("pointerdown", outside, true);
    addEventListener("keydown", key, true);
    return () => {
      removeEventListener("pointerdown", outside, true);
      removeEventListener("keydown", key, true);
    };
  }, [open]);
  return { open, ref, show: () => setOpen(true), close };
}
