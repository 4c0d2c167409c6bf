// What a page says and offers in its main part, as a list of lines: headings, links, fields, buttons.
// Signed tokens in addresses differ from one moment to the next and are cut out. Left out is what only JavaScript can do and which is therefore hidden without it.
(enhancements) => {
  const lines = [];
  for (const element of document.querySelectorAll("main :is(h1, h2, h3, a[href], button, input, select, textarea)")) {
    if (element.closest(enhancements) || !element.checkVisibility() || element.type === "hidden") continue;
    const words = (element.innerText || element.name || "").replace(/\s+/g, " ").trim();
    const line = `${element.tagName.toLowerCase()} ${words} ${element.getAttribute("href") ?? ""}`;
    lines.push(line.trim().replace(/[\w-]+:[\w-]+:[\w-]+/g, "…"));
  }
  return lines;
}
