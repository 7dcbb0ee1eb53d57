// Syntax colours for the compiler's output: of its tokens, without a grammar.

import { rust } from "@codemirror/lang-rust";
import { StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { tagHighlighter, tags } from "@lezer/highlight";

const looks = tagHighlighter([
  { tag: tags.keyword, class: "tok-keyword" },
  { tag: [tags.typeName, tags.namespace], class: "tok-type" },
  { tag: tags.string, class: "tok-string" },
  { tag: [tags.number, tags.literal, tags.bool], class: "tok-number" },
  { tag: tags.comment, class: "tok-comment" },
  { tag: tags.meta, class: "tok-meta" },
  { tag: tags.macroName, class: "tok-macro" },
  { tag: [tags.labelName, tags.definition(tags.variableName)], class: "tok-definition" },
]);

const assembly = StreamLanguage.define({
  token(s) {
    if (s.sol()) {
      if (s.match(/^\s*[#;].*/)) return "comment";
      if (s.match(/^\S.*?:(?=\s|$)/)) return "labelName";
      if (s.match(/^\s*\.[\w.]+/)) return "meta";
      if (s.match(/^\s*[\w.]+/)) return "keyword";
    }
    if (s.match(/^"(?:[^"\\]|\\.)*"?/)) return "string";
    if (s.match(/^(?:\$|#)?-?(?:0x[\da-f]+|\d+)\b/i)) return "number";
    if (s.match(/^%[a-z]\w*/)) return "typeName";
    if (s.match(/^(?:\/\/|#\s).*/)) return "comment";
    if (!s.match(/^[\w.$]+/)) s.next();
    return null;
  },
});

const llvm = StreamLanguage.define({
  token(s) {
    if (s.match(/^;.*/)) return "comment";
    if (s.match(/^c?"(?:[^"\\]|\\.)*"?/)) return "string";
    if (s.match(/^[@$](?:"[^"]*"|[\w.$]+)/)) return "labelName";
    if (s.match(/^[%!#](?:"[^"]*"|[\w.$]+)/)) return "meta";
    if (s.match(/^(?:i\d+|ptr|void|float|double|label|half|fp128|metadata)\b/)) return "typeName";
    if (s.match(/^-?(?:0x[\da-f]+|\d[\d.]*(?:e[+-]?\d+)?)\b/i) || s.match(/^(?:true|false|null|undef|poison|zeroinitializer)\b/)) return "number";
    if (s.match(/^[a-z][\w.]*/i)) return "keyword";
    s.next();
    return null;
  },
});

/** The colours of a media type. */
export function coloured(mediaType: string): Extension {
  if (/rust/.test(mediaType)) return [rust(), syntaxHighlighting(looks)];
  if (/asm/.test(mediaType)) return [assembly, syntaxHighlighting(looks)];
  if (/llvm|wat/.test(mediaType)) return [llvm, syntaxHighlighting(looks)];
  return [];
}
