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
  // Closed, and not only taken away: so the browser gives the focus back.
  useLayoutEffect(() => {
    const d = ref.current!;
    d.showModal();
    return () => d.close();
  }, []);
  return (
    <dialog
      ref={ref}
      role={asks ? "alertdialog" : undefined}
      aria-labelledby={`${id}title`}
      aria-describedby={asks ? `${id}asks` : undefined}
      onClose={close}
      onPointerDown={(e) => {
        if (e.target === ref.current) ref.current?.close(); // the backdrop; a selection may end there
      }}
    >
      <div className="dialog-body">
        <div className="dialog-head">
          <h2 id={`${id}title`}>{title}</h2>
          <button type="button" className="icon" aria-label="Close" onClick={() => ref.current?.close()}>
            ✕
          </button>
        </div>
        {asks && <p id={`${id}asks`}>{asks}</p>}
        {children}
      </div>
    </dialog>
  );
}
