import { Dialog } from "./Dialog";

interface Props {
  /** Of the file. */
  name: string;
  /** How many others are in the session. */
  others: number;
  replace(): void;
  close(): void;
}

/** Asks before a file replaces text that others may be editing. */
export function Replace({ name, others, replace, close }: Props) {
  return (
    <Dialog title="Replace the text?" asks={`“${name}” replaces the text for everyone. ${others === 1 ? "One other person is" : `${others} other people are`} in this session. You can undo it.`} close={close}>
      <div className="choice">
        <button type="button" onClick={close}>
          Cancel
        </button>
        <button
          type="button"
          className="primary"
          onClick={() => {
            replace();
            close();
          }}
        >
          Replace
        </button>
      </div>
    </Dialog>
  );
}
