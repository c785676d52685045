import CircuitBreaker from '../lib/opossum/index.js';

export { CircuitBreaker };
export default CircuitBreaker;
