/** What tests of logging code need: a handler that collects, a clock to set, the contract of a handler. */
export {};
