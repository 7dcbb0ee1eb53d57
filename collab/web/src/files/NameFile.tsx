import { useState } from "react";
import { type Files, inTheWay, pathProblem } from "../collab/files";
import { Dialog } from "../ui/Dialog";

interface Props {
  title: string;
  /** Of the file that gets the name; a new one has none. */
  file: number;
  files: Files;
  name: string;
  done(path: string): void;
  close(): void;
}

/** Asks for the name of a file, and shows at once why a name is not valid. */
export function NameFile({ title, file, files, name, done, close }: Props) {
  const [path, setPath] = useState(name);
  const [tried, setTried] = useState(false);
  const other = inTheWay(files, file, path);
  const problem = pathProblem(path) || (other ? `There is ${other.path} already.` : "");
  return (
    <Dialog title={title} close={close}>
      <form
        className="name-file"
        onSubmit={(e) => {
          e.preventDefault();
          setTried(true);
          if (problem) return;
          done(path);
          close();
        }}
      >
        <label>
          Name
          <input autoFocus value={path} placeholder="util/mod.rs" spellCheck={false} autoCapitalize="off" autoComplete="off" aria-invalid={tried && problem !== ""} aria-describedby="name-problem" onChange={(e) => setPath(e.target.value)} />
        </label>
        <p id="name-problem" className="hint" role="status">
          {(tried || path !== name) && path ? problem : "A slash makes a directory: util/mod.rs."}
        </p>
        <div className="choice">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" className="primary">
            {title.startsWith("Rename") ? "Rename" : "Create"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
