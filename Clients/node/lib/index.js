'use strict';

const { BreakerError, BreakerOpen, BreakerTimeout } = require('./errors');
const { Breaker } = require('./client/breaker');
const { Client } = require('./client/client');
const { LastGood } = require('./client/last-good');
const { Permit } = require('./client/permit');

module.exports = { Breaker, BreakerError, BreakerOpen, BreakerTimeout, Client, LastGood, Permit };
