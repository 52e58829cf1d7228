/** Why the server cannot start or go on, in one line for its operator. */
export class StartError extends Error {}
