// What the theme leaves out for who reads with a screen reader or without a mouse.
document.addEventListener("DOMContentLoaded", () => {
  for (const caption of document.querySelectorAll(".caption[role=heading]")) {
    caption.setAttribute("aria-level", "2");
  }
  document.querySelector(".sidebar-drawer")?.setAttribute("aria-label", "All pages");
  document.querySelector(".toc-drawer")?.setAttribute("aria-label", "On this page");
  for (const wide of document.querySelectorAll("pre, .table-wrapper")) {
    wide.tabIndex = 0;
  }
  // A long signature is laid out as a list of definitions without terms, and is none.
  for (const part of document.querySelectorAll("dt.sig dl, dt.sig dd")) {
    const plain = document.createElement("span");
    plain.className = part.tagName === "DD" ? "parameter" : "";
    plain.append(...part.childNodes);
    part.replaceWith(plain);
  }
});
