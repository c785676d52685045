import CircuitBreaker from '../lib/circuit-breaker-js/index.js';

export default CircuitBreaker;
