import CircuitBreaker from '../lib/circuit-breaker-js/index.js';

export { CircuitBreaker };
export default CircuitBreaker;
