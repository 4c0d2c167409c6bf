// What a page says and offers in its main part, as a list of lines: headings, links, fields, buttons.
// Left out is what only JavaScript can do and which is therefore hidden without it.
(enhancements) => {
  const lines = [];
  for (const element of document.querySelectorAll("main :is(h1, h2, h3, a[href], button, input, select, textarea)")) {
    if (element.closest(enhancements) || !element.checkVisibility() || element.type === "hidden") continue;
    const words = (element.innerText || element.name || "").replace(/\s+/g, " ").trim();
    lines.push(`${element.tagName.toLowerCase()} ${words} ${element.getAttribute("href") ?? ""}`.trim());
  }
  return lines;
}
