'use strict';
// Keeps the cells as the daemon's events tell. Names are watched in groups, because a watch holds so many
// patterns and a connection so many watches. A name that comes later joins the last group, whose watch is
// then replaced: the new one first, so that nothing is missed. Always by a snapshot: a few hundred events,
// and no history to be relied on.

const { hasState, isCount } = require('./known');

/** Names of one watch, and watches: the daemon takes 64 and 16, and one is for replacing another. */
const GROUP_NAMES = 64;
const MOST_GROUPS = 15;
/** What is not refreshed by so many heartbeats is not believed. */
const TRUSTED_HEARTBEATS = 3;

/**
 * @typedef {object} Group
 * @property {import('./cell').Cell[]} cells
 * @property {number} watch the id of the live watch
 * @property {Set<string> | null} told names that the snapshot under way has told; null: it is complete
 * @property {number} former the watch that this one replaces, until it is answered; 0: none
 */

class Mirror {
  /**
   * @param {import('./signals').Signals} signals
   * @param {import('../connection/config').Config} config
   */
  constructor(signals, config) {
    this.signals = signals;
    this.config = config;
    /** @type {Group[]} */
    this.groups = [];
    /**
     * Those that are watched.
     * @type {Map<string, import('./cell').Cell>}
     */
    this.cells = new Map();
    this.patienceMs = 0;
    this.lastHeard = 0;
    /** @type {import('../core/clock').Timer | null} */
    this.supervision = null;
    /** The log knows that events stay away. */
    this.isDistrusted = false;
  }

  // The connection

  /**
   * @param {import('../connection/manager').ConnectionManager} manager
   * @param {number} heartbeatMs
   * @param {import('./cell').Cell[]} cells
   */
  connected(manager, heartbeatMs, cells) {
    this.patienceMs = heartbeatMs * TRUSTED_HEARTBEATS;
    this.lastHeard = this.signals.clock.now();
    this.add(cells, manager);
  }

  /** What is known stays with the cells, for each to begin its own verdicts from. */
  disconnected() {
    this.signals.freshUntil = -Infinity;
    this.isDistrusted = false;
    this.supervision?.cancel();
    this.supervision = null;
    this.groups = [];
    for (const cell of this.cells.values()) cell.endMirror();
    this.cells.clear();
  }

  /**
   * Watches further names. Those beyond the bound are asked for at each call.
   * @param {import('./cell').Cell[]} cells
   * @param {import('../connection/manager').ConnectionManager} manager
   */
  add(cells, manager) {
    if (!this.config.isCached || cells.length === 0) return;
    let rest = cells;
    const last = this.groups.at(-1);
    if (last !== undefined && last.cells.length < GROUP_NAMES) {
      const room = GROUP_NAMES - last.cells.length;
      this.fill(last, rest.slice(0, room), manager);
      rest = rest.slice(room);
    }
    while (rest.length > 0 && this.groups.length < MOST_GROUPS) {
      const group = { cells: [], watch: 0, told: null, former: 0 };
      this.groups.push(group);
      this.fill(group, rest.slice(0, GROUP_NAMES), manager);
      rest = rest.slice(GROUP_NAMES);
    }
    if (this.supervision === null) this.supervise(manager, this.patienceMs);
  }

  /**
   * @param {Group} group
   * @param {import('./cell').Cell[]} cells
   * @param {import('../connection/manager').ConnectionManager} manager
   */
  fill(group, cells, manager) {
    group.cells.push(...cells);
    for (const cell of cells) this.cells.set(cell.name, cell);
    if (group.watch !== 0) {
      // One that is still unanswered has a former of its own, which must go too.
      if (group.former !== 0) this.unwatch(group.former, manager);
      group.former = group.watch;
    }
    group.told = new Set();
    const names = JSON.stringify(group.cells.map((cell) => cell.name));
    const id = manager.request('watch', `"breakers":${names}`, this.config.commandMs, (error) => {
      this.answered(id, error, manager);
    });
    group.watch = id;
  }

  /**
   * @param {number} id
   * @param {import('../connection/manager').ConnectionManager} manager
   */
  unwatch(id, manager) {
    manager.request('unwatch', `"watch":${id}`, this.config.commandMs, () => {});
  }

  /**
   * @param {number} id
   * @param {any} error
   * @param {import('../connection/manager').ConnectionManager} manager
   */
  answered(id, error, manager) {
    // It may have been replaced while it was on its way.
    const group = this.groups.find((other) => other.watch === id);
    if (group === undefined) return;
    if (error === null) {
      if (group.former !== 0) this.unwatch(group.former, manager);
      group.former = 0;
    } else if (error.code === 'deadline') {
      manager.drop('no answer to watch');
    } else if (!['unavailable', 'draining', 'shut_down'].includes(error.code)) {
      // Without a watch every call asks, which is right, if slow.
      this.signals.log('error', 'watch_refused', { error: error.message });
    }
  }

  // Events

  /**
   * @param {any} event
   * @returns {boolean} false: it is malformed
   */
  received(event) {
    const read = READERS.get(event.event);
    if (read === undefined) return true;
    if (!read(event)) return false;
    const now = this.signals.clock.now();
    this.lastHeard = now;
    this.signals.freshUntil = now + this.patienceMs;
    if (this.isDistrusted) {
      this.isDistrusted = false;
      this.signals.log('info', 'mirror_trusted');
    }
    this.apply(event, now);
    return true;
  }

  /**
   * @param {any} event
   * @param {number} now
   */
  apply(event, now) {
    // A watch that is being replaced still tells the truth, but its snapshots are nobody's.
    const group = this.groups.find((other) => other.watch === event.watch);
    if (event.event === 'state') {
      const told = group?.told ?? null;
      told?.add(event.breaker);
      this.cells.get(event.breaker)?.changed(event, now, told !== null);
    } else if (event.event === 'forgotten') {
      this.cells.get(event.breaker)?.forget();
    } else if (event.event === 'synced' && group !== undefined) {
      this.synced(group);
    } else if (event.event === 'reset' && group !== undefined) {
      group.told = new Set();
    }
  }

  /**
   * What the snapshot did not tell does not exist.
   * @param {Group} group
   */
  synced(group) {
    const { told } = group;
    if (told === null) return;
    group.told = null;
    for (const cell of group.cells) {
      if (!told.has(cell.name)) cell.forget();
      cell.becomeMirrored();
    }
  }

  // Supervision

  /**
   * Events that stay away may mean a dead connection, or a daemon whose clock stands still
   * (`--manual-clock`): a ping tells.
   * @param {import('../connection/manager').ConnectionManager} manager
   * @param {number} delayMs
   */
  supervise(manager, delayMs) {
    const { clock } = this.signals;
    this.supervision = clock.schedule(delayMs, () => {
      const silenceMs = clock.now() - this.lastHeard;
      if (silenceMs < this.patienceMs) return this.supervise(manager, this.patienceMs - silenceMs);
      this.distrust(silenceMs);
      manager.ping();
      return this.supervise(manager, this.patienceMs);
    });
  }

  /**
   * Calls ask already; the log is told, once.
   * @param {number} silenceMs
   */
  distrust(silenceMs) {
    if (this.isDistrusted) return;
    this.isDistrusted = true;
    this.signals.log('warning', 'mirror_distrusted', { silence_ms: Math.round(silenceMs) });
  }
}

/** @param {any} event */
const hasChanges = (event) => event.policy_changes === undefined || isCount(event.policy_changes);

/** @type {(event: any) => boolean} */
const isAbout = (event) => typeof event.breaker === 'string' && isCount(event.revision);
/** @type {(event: any) => boolean} */
const isSign = (event) => isCount(event.revision) && hasChanges(event);

/**
 * What each event must have.
 * @type {Map<unknown, (event: any) => boolean>}
 */
const READERS = new Map([
  ['state', (event) => isAbout(event) && hasState(event)],
  ['forgotten', isAbout],
  ['synced', isSign],
  ['heartbeat', isSign],
  ['reset', () => true],
]);

module.exports = { Mirror, READERS };
