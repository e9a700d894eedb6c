// The wallboard fills the screen on demand, and leaves when its session ends.
"use strict";

(() => {
  const wall = document.querySelector(".wallboard");
  const button = document.getElementById("full-screen");
  if (!document.fullscreenEnabled) button.hidden = true;
  button.addEventListener("click", () => wall.requestFullscreen());
})();
