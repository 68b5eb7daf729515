/** An order that asked for something this long ago, in milliseconds, is answered no more: whoever asked has gone. */
export const STALE_MILLISECONDS = 60_000;
