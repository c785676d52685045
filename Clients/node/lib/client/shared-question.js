'use strict';
// A question that strict calls share which begin within one turn of the event loop. The daemon would take
// them one after the other with nothing between, and so say the same to all of them: closed lets all pass,
// open refuses all. A probe goes to the first; what the daemon says to the others must be asked.

class SharedQuestion {
  constructor() {
    this.calls = 0;
    /** @type {any} */
    this.reply = null;
    /** When it was asked. */
    this.began = 0;
    /** @type {(generation: number) => void} */
    this.resolve = () => {};
    /**
     * The generation of the closed breaker that all of the calls pass; 0: see the reply.
     * @type {Promise<number>}
     */
    this.generation = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }
}

module.exports = { SharedQuestion };
