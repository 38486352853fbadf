// Of the wire: what an object of the other side was made with. It is needed until the object is freed and nothing of it is under way.
export class Held {
  /** @type {(() => void)[]} */
  #releases = [];
  #users = 1;

  add(/** @type {() => void} */ release) {
    this.#releases.push(release);
  }

  begin() {
    this.#users += 1;
  }

  end() {
    this.#users -= 1;
    if (this.#users === 0) for (const release of this.#releases.splice(0)) release();
  }
}
