import { tagHighlighter, tags } from "@lezer/highlight";

/**
 * What the style sheet colours, and no more: each piece with a class is an element
 * that every key has laid out and painted.
 */
export const colours = tagHighlighter([
  { tag: tags.keyword, class: "tok-keyword" },
  { tag: [tags.typeName, tags.className, tags.namespace], class: "tok-type" },
  { tag: [tags.string, tags.escape], class: "tok-string" },
  { tag: [tags.literal, tags.bool, tags.atom], class: "tok-number" },
  { tag: tags.comment, class: "tok-comment" },
  { tag: tags.macroName, class: "tok-macro" },
  { tag: tags.meta, class: "tok-meta" },
  { tag: [tags.definition(tags.variableName), tags.definition(tags.propertyName)], class: "tok-definition" },
  { tag: tags.invalid, class: "tok-invalid" },
]);
