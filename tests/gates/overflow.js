// What makes a page scroll sideways: descriptions of the elements that reach beyond the screen; nothing where none does.
() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const wide = [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > width + 1);
  const innermost = wide.filter((e) => ![...e.children].some((child) => wide.includes(child)));
  return [
    `the page is ${document.documentElement.scrollWidth} px wide`,
    ...innermost.slice(0, 5).map((e) => `<${e.tagName.toLowerCase()} class="${e.className}"> reaches ${Math.round(e.getBoundingClientRect().right)} px`),
  ];
}
