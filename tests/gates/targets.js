// The targets that are smaller than 44 × 44 CSS pixels, as a list of descriptions. Two kinds are exempt:
// - links within a sentence, whose height the line gives (as in WCAG 2.2, 2.5.8 "Inline"),
// - what nobody can press because it is not drawn or is out of sight.
// What is measured is where a press arrives: the element with its label, and what its ::before or ::after adds.
() => {
  const LEAST = 44;
  const ROUNDING = 0.6;
  const INTERACTIVE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [tabindex='0']";

  const isSeen = (element) => {
    const box = element.getBoundingClientRect();
    return (
      element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
      box.width > 1 && box.height > 1 && box.right > 0 && box.left < innerWidth
    );
  };

  const isInSentence = (element) => {
    if (element.tagName !== "A" && !element.classList.contains("button-link")) return false;
    if (!getComputedStyle(element).display.startsWith("inline")) return false;
    let block = element.parentElement;
    while (getComputedStyle(block).display.startsWith("inline")) block = block.parentElement;
    const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    let words = "";
    while (walker.nextNode()) {
      const parent = walker.currentNode.parentElement;
      if (!parent.closest(INTERACTIVE) && isSeen(parent)) words += walker.currentNode.data;
    }
    return /\p{L}/u.test(words);
  };

  const arrives = (element, x, y) => {
    const hit = document.elementFromPoint(x, y);
    return hit !== null && (element.contains(hit) || [...(element.labels ?? [])].some((label) => label.contains(hit)));
  };

  // How far presses arrive to both sides of the middle, across or down.
  const reach = (element, x, y, dx, dy) => {
    let length = 1;
    for (const way of [-1, 1]) {
      let step = 1;
      while (step <= LEAST && arrives(element, x + way * step * dx, y + way * step * dy)) step += 1;
      length += step - 1;
    }
    return length;
  };

  const larger = (one, other) => (Math.min(...one) >= Math.min(...other) ? one : other);

  // Of a field with a label: the larger of the two, for a press on either will do.
  const size = (element) => [...(element.labels ?? [])].map(sizeOfOne).reduce(larger, sizeOfOne(element));

  const sizeOfOne = (element) => {
    const box = element.getBoundingClientRect();
    if (box.width >= LEAST - ROUNDING && box.height >= LEAST - ROUNDING) return [box.width, box.height];
    element.scrollIntoView({ block: "center", behavior: "instant" });
    const line = element.getClientRects()[0];
    const [x, y] = [line.left + line.width / 2, line.top + line.height / 2];
    // Browsers round a press by a pixel in favour of the target, which makes it no larger.
    const grown = (drawn, reached) => (reached > drawn + 2 ? reached : drawn);
    return [grown(box.width, reach(element, x, y, 1, 0)), grown(box.height, reach(element, x, y, 0, 1))];
  };

  const describe = (element, [width, height]) => {
    const name = element.innerText || element.getAttribute("aria-label") || element.name || element.id || "";
    return `${element.tagName.toLowerCase()} “${name.trim().slice(0, 40)}”: ${Math.round(width)} × ${Math.round(height)}`;
  };

  const small = [];
  for (const element of document.querySelectorAll(INTERACTIVE)) {
    if (!isSeen(element) || isInSentence(element)) continue;
    const measured = size(element);
    if (Math.min(...measured) < LEAST - ROUNDING) small.push(describe(element, measured));
  }
  scrollTo(0, 0);
  return small;
}
