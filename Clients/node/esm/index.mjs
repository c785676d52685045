import breakerd from '../lib/index.js';

export const { Breaker, BreakerError, BreakerOpen, BreakerTimeout, Client, LastGood, Permit } = breakerd;
