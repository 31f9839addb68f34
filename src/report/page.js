for (const game of document.querySelectorAll(".game")) {
  const slider = game.querySelector("input");
  const cursor = game.querySelector(".cursor");
  const owners = game.querySelector(".own");
  const top = cursor.getAttribute("d").split(" ")[1];
  slider.addEventListener("input", () => {
    const move = Number(slider.value);
    for (const stone of game.querySelectorAll(".st")) {
      const there = stone.dataset.on <= move && move < stone.dataset.off;
      stone.style.display = there ? "" : "none";
    }
    if (owners) owners.style.display = move == slider.max ? "" : "none";
    const x = Number(cursor.dataset.left) + cursor.dataset.width * move / Math.max(1, slider.max);
    cursor.setAttribute("d", `M${x} ${top}`);
    game.querySelector("output").value = move;
  });
}
