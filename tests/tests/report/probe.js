// Looks at each page in each frame as a person would, and writes down what is wrong.
const luminance = ([r, g, b]) => {
  const part = (x) => { x /= 255; return x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4; };
  return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
};
const colour = (text) => {
  const numbers = text.match(/[\d.]+/g).map(Number);
  return numbers.length > 3 ? numbers : [...numbers, 1];
};
const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
const background = (element, win) => {
  if (!element) return [255, 255, 255];
  const own = colour(win.getComputedStyle(element).backgroundColor);
  return own[3] === 1 ? own.slice(0, 3) : over(own, background(element.parentElement, win));
};
const contrast = (a, b) => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
};
const ownText = (element) =>
  [...element.childNodes].filter((it) => it.nodeType === 3).map((it) => it.data.trim()).join("");

const look = (frame) => {
  const found = [];
  const [page, width, scheme] = [frame.dataset.page, Number(frame.dataset.width), frame.dataset.scheme];
  const tell = (text) => found.push(`${page} ${width} ${scheme}: ${text}`);
  const [doc, win] = [frame.contentDocument, frame.contentWindow];
  if (!doc.querySelector("h1")) { tell("it has not loaded"); return found; }
  if (win.matchMedia("(prefers-color-scheme: dark)").matches !== (scheme === "dark")) tell("it does not have the scheme");
  if (doc.documentElement.scrollWidth > width) tell(`it is ${doc.documentElement.scrollWidth} wide`);
  if (win.performance.getEntriesByType("resource").length > 0) tell("it fetches something");
  if (doc.scripts.length > 0) tell("it has a script");
  for (const details of doc.querySelectorAll("details")) details.open = true;
  for (const element of doc.body.querySelectorAll("*")) {
    const box = element.getBoundingClientRect();
    if (box.width === 0 || element.closest(".scroll")) continue;
    if (box.right > width + 0.5) tell(`<${element.tagName} class="${element.getAttribute("class")}"> ends at ${box.right}`);
  }
  for (const element of doc.body.querySelectorAll("*")) {
    const text = ownText(element);
    if (!text || element.getBoundingClientRect().width === 0) continue;
    const style = win.getComputedStyle(element);
    const isDrawn = element.tagName === "text";
    const ratio = contrast(over(colour(isDrawn ? style.fill : style.color), background(element, win)), background(element, win));
    if (ratio < 4.5) tell(`"${text.slice(0, 30)}" in <${element.tagName} class="${element.getAttribute("class")}"> has contrast ${ratio.toFixed(2)}`);
  }
  for (const svg of doc.querySelectorAll("svg")) {
    const outer = svg.getBoundingClientRect();
    if (outer.width === 0) continue;
    const texts = [...svg.querySelectorAll("text")].map((it) => [it.textContent, it.getBoundingClientRect()]);
    for (const [index, [text, box]] of texts.entries()) {
      const out = Math.max(outer.left - box.left, box.right - outer.right, outer.top - box.top, box.bottom - outer.bottom);
      if (out > 2) tell(`"${text}" is ${out.toFixed(1)} out of its picture`);
      for (const [other, against] of texts.slice(index + 1)) {
        const wide = Math.min(box.right, against.right) - Math.max(box.left, against.left);
        const high = Math.min(box.bottom, against.bottom) - Math.max(box.top, against.top);
        if (wide > 1 && high > 4) tell(`"${text}" and "${other}" lie over each other`);
      }
    }
  }
  for (const table of doc.querySelectorAll("table")) {
    if (!table.querySelector("th[scope]")) tell("a table has no heads");
  }
  for (const svg of doc.querySelectorAll("svg:not([aria-hidden])")) {
    if (!svg.getAttribute("aria-label")) tell("a picture has no words");
  }
  return found;
};

addEventListener("load", () => {
  const frames = [...document.querySelectorAll("iframe")];
  const found = frames.flatMap(look);
  const result = document.createElement("pre");
  result.id = "found";
  result.textContent = JSON.stringify({ frames: frames.length, found: found });
  document.body.replaceChildren(result);
});
