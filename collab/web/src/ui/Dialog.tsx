import { type ReactNode, useId, useLayoutEffect, useRef } from "react";

interface Props {
  title: string;
  /** A question that waits for an answer: screen readers read it with the title. */
  asks?: string;
  close(): void;
  children: ReactNode;
}

/** A modal dialog: the browser keeps the focus in it, and Escape closes it. */
export function Dialog({ title, asks, close, children }: Props) {
  const id = useId(); // one dialog may lie over another
  const ref = useRef<HTMLDialogElement>(null);
  const over = useRef(false);
  // The browser tells of a closed dialog in a later task. On a busy page, the next key comes
  // first, and may open another one, which that task must not close.
  const end = () => {
    if (over.current) return;
    over.current = true;
    close();
  };
  // Closed, and not only taken away: so the browser gives the focus back.
  useLayoutEffect(() => {
    const d = ref.current!;
    over.current = false;
    d.showModal();
    return () => {
      over.current = true;
      d.close();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      role={asks ? "alertdialog" : undefined}
      aria-labelledby={`${id}title`}
      aria-describedby={asks ? `${id}asks` : undefined}
      onCancel={end}
      onClose={end}
      onPointerDown={(e) => {
        if (e.target === ref.current) end(); // the backdrop; a selection may end there
      }}
    >
      <div className="dialog-body">
        <div className="dialog-head">
          <h2 id={`${id}title`}>{title}</h2>
          <button type="button" className="icon" aria-label="Close" onClick={end}>
            ✕
          </button>
        </div>
        {asks && <p id={`${id}asks`}>{asks}</p>}
        {children}
      </div>
    </dialog>
  );
}
