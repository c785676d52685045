'use strict';

const { guardedAgent } = require('./agent');
const { guardedFetch } = require('./fetch');

module.exports = { guardedAgent, guardedFetch };
