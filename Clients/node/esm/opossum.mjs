import CircuitBreaker from '../lib/opossum/index.js';

export default CircuitBreaker;
