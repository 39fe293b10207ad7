/** Request and error middleware for Express 4 and 5. */
export {};
